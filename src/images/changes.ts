/**
 * `--change`: an instruction of a Dockerfile that changes an image's config and none of its files, for `commit` and
 * `import`. Those that change files are the builder's.
 *
 *     CMD ["sh", "-c", "date"]     exec form, as it is       CMD date     shell form: /bin/sh -c "date"
 *     ENV NAME=value NAME2="a b"   LABEL a=b   EXPOSE 80 443/udp   VOLUME /data
 *     USER name   WORKDIR /srv     ENTRYPOINT ["init"]   STOPSIGNAL SIGINT   ONBUILD RUN make
 */
import { posix } from 'node:path';
import { DrydockError } from '../errors.ts';
import type { RunConfig } from './config.ts';

type Change = (config: RunConfig, rest: string) => RunConfig;

const instructions: Readonly<Record<string, Change>> = {
  CMD: (config, rest) => ({ ...config, Cmd: commandOf(rest) }),
  // A new entrypoint does not get words that were meant for the old one.
  ENTRYPOINT: (config, rest) => ({
    ...config,
    Entrypoint: commandOf(rest),
    Cmd: config.Entrypoint ? undefined : config.Cmd,
  }),
  ENV: (config, rest) => ({ ...config, Env: withPairs(config.Env ?? [], pairsOf(rest)) }),
  LABEL: (config, rest) => ({ ...config, Labels: { ...config.Labels, ...Object.fromEntries(pairsOf(rest)) } }),
  EXPOSE: (config, rest) => ({
    ...config,
    ExposedPorts: { ...config.ExposedPorts, ...setOf(wordsOf(rest).map(port)) },
  }),
  VOLUME: (config, rest) => ({ ...config, Volumes: { ...config.Volumes, ...setOf(listOf(rest) ?? wordsOf(rest)) } }),
  USER: (config, rest) => ({ ...config, User: rest }),
  WORKDIR: (config, rest) => ({ ...config, WorkingDir: posix.resolve('/', config.WorkingDir ?? '/', rest) }),
  STOPSIGNAL: (config, rest) => ({ ...config, StopSignal: rest }),
  ONBUILD: (config, rest) => ({ ...config, OnBuild: [...((config.OnBuild as string[] | undefined) ?? []), rest] }),
};

/** The config with all of them, in their order. Throws BAD_USAGE for one that is not among these. */
export function applyChanges(config: RunConfig, changes: readonly string[]): RunConfig {
  return changes.reduce((changed, text) => {
    const [, name = '', rest = ''] = /^\s*(\w+)(?:\s+([\s\S]*?))?\s*$/.exec(text) ?? [];
    const change = instructions[name.toUpperCase()];
    if (change && rest !== '') return change(changed, rest);
    throw new DrydockError('BAD_USAGE', `'${text}' is no change of a config`, {
      hint: `one of ${Object.keys(instructions).join(', ')}, with what it takes`,
    });
  }, config);
}

/** The exec form; undefined for anything else, also for what only looks like it. */
function listOf(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const list = JSON.parse(text) as unknown;
    if (Array.isArray(list) && list.every((word) => typeof word === 'string')) return list;
  } catch {
    // No JSON: then it is words for the shell, which knows brackets, too.
  }
  return undefined;
}

const commandOf = (text: string): string[] => listOf(text) ?? ['/bin/sh', '-c', text];
const setOf = (names: readonly string[]): Record<string, object> => Object.fromEntries(names.map((name) => [name, {}]));
const port = (text: string): string => (text.includes('/') ? text : `${text}/tcp`);

/** Words at white space, where no quotes are around it. */
function wordsOf(text: string): string[] {
  const words = text.match(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g, (_, double, single, one) => plain(double, single, one)),
  );
}

const plain = (double?: string, single?: string, one?: string): string =>
  double !== undefined ? double.replace(/\\(["\\$])/g, '$1') : (single ?? one ?? '');

/** `a=b c="d e"`, or the old form of one pair without a sign: `a b c`. */
function pairsOf(text: string): [string, string][] {
  const words = wordsOf(text);
  if (!words[0]?.includes('=')) {
    const [, name = '', value = ''] = /^(\S+)\s+([\s\S]*)$/.exec(text) ?? [];
    if (name !== '') return [[name, value]];
  }
  return words.map((word) => {
    const cut = word.indexOf('=');
    if (cut > 0) return [word.slice(0, cut), word.slice(cut + 1)];
    throw new DrydockError('BAD_USAGE', `'${word}' is no NAME=value`, { hint: `in: ${text}` });
  });
}

function withPairs(env: readonly string[], pairs: readonly [string, string][]): string[] {
  const entries = new Map(env.map((entry) => [entry.split('=', 1)[0]!, entry]));
  for (const [name, value] of pairs) entries.set(name, `${name}=${value}`);
  return [...entries.values()];
}
