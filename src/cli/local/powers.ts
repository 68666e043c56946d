/**
 * What a container's process may do, as options with Docker's names: `--cap-drop ALL --cap-add CHOWN`,
 * `--security-opt no-new-privileges`, `--ulimit nofile=100:200`.
 */
import type { Options as YargsOptions } from 'yargs';
import { DrydockError } from '../../errors.ts';
import { resourceLimits } from '../../linux/constants.ts';
import { granted } from '../../runtime/grants.ts';
import type { Process } from '../../runtime/spec.ts';

export interface PowerOptions {
  capAdd?: string[];
  capDrop?: string[];
  securityOpt?: string[];
  ulimit?: string[];
}

const many = { type: 'string', array: true, nargs: 1 } as const;

export const powerOptions = {
  'cap-add': { ...many, describe: 'a capability more, as in NET_ADMIN; or ALL' },
  'cap-drop': { ...many, describe: 'a capability less; or ALL' },
  'security-opt': { ...many, describe: 'no-new-privileges: setuid programs give nothing' },
  ulimit: { ...many, describe: 'limit of each process, as in nofile=100:200' },
} satisfies Record<string, YargsOptions>;

/** The process with what the options give it and take from it. Throws BAD_USAGE. */
export function withPowers(process: Process, { capAdd, capDrop, securityOpt, ulimit }: PowerOptions): Process {
  const sealed = (securityOpt ?? []).map(isNoNewPrivileges).at(-1);
  return {
    ...process,
    ...((capAdd ?? capDrop) ? { capabilities: changed(process.capabilities, capAdd ?? [], capDrop ?? []) } : {}),
    ...(sealed === undefined ? {} : { noNewPrivileges: sealed }),
    ...(ulimit ? { rlimits: ulimit.map(limitOf) } : {}),
  };
}

function changed(now: Process['capabilities'], add: string[], drop: string[]): Process['capabilities'] {
  const names = granted(now?.bounding ?? [], add, drop);
  return { ...now, bounding: names, effective: names, permitted: names };
}

function isNoNewPrivileges(text: string): boolean {
  const [, , value = 'true'] = /^no-new-privileges([:=](true|false))?$/.exec(text) ?? [text, undefined, ''];
  if (value !== '') return value === 'true';
  throw new DrydockError('BAD_USAGE', `--security-opt '${text}' is not known here`, { hint: 'no-new-privileges is' });
}

function limitOf(text: string): NonNullable<Process['rlimits']>[number] {
  const [, name = '', soft = '', hard = soft] = /^(\w+)=(-1|\d+)(?::(-1|\d+))?$/.exec(text) ?? [];
  const type = `RLIMIT_${name.toUpperCase()}` as keyof typeof resourceLimits;
  if (soft === '' || !(type in resourceLimits))
    throw new DrydockError('BAD_USAGE', `--ulimit is NAME=SOFT[:HARD], as in nofile=100:200, not '${text}'`, {
      hint: `the names are those of setrlimit(2), in small letters; -1 is no limit`,
    });
  return { type, soft: amount(soft), hard: amount(hard) };
}

const amount = (text: string): number => (text === '-1' ? 2 ** 64 : Number(text));
