/**
 * `--in-vm`: the command line as it was typed, in the guest of `drydock vm`. What a lesson breaks there is not this
 * machine. A lab that breaks things is undone afterwards.
 */
import { existsSync } from 'node:fs';
import { exitWith } from './exit.ts';
import { labelled, narrowLook } from './output.ts';

/** The option, for verbs that run what learners, or lessons, have written. */
export const inVm = {
  'in-vm': { type: 'boolean', describe: 'in the guest of drydock vm: a mistake costs nothing' },
} as const;

/** True where the command line has been run in the guest, and nothing is left to do here. */
export async function wentThere(argv: { inVm?: boolean; breakIt?: boolean }): Promise<boolean> {
  if (!argv.inVm || process.env.DRYDOCK_IN_VM) return false;
  const { visit } = await import('../vm/visit.ts');
  const say = (line: string): void => void process.stderr.write(`drydock: ${line}\n`);
  exitWith(await visit(['./drydock', ...withoutUs(process.argv.slice(2))], { isUndone: argv.breakIt === true, say }));
  return true;
}

/** Only the first: what comes later may be a word of a container's command line. */
function withoutUs(words: readonly string[]): string[] {
  const at = words.findIndex((word) => /^--in-vm(=|$)/.test(word));
  return words.filter((_, index) => index !== at);
}

/** vm/provision.sh leaves it in a machine that is there to be broken. */
const LEARNING = '/etc/drydock-machine-to-learn-on';

/** Says to a person who is about to break things on a machine of their own that there is a better one. */
export function warnOnBareHost(lesson: string): void {
  if (!process.stderr.isTTY || process.env.DRYDOCK_IN_VM || existsSync(LEARNING)) return;
  const { columns } = narrowLook(process.stderr);
  const text = 'what follows attacks this machine. The dock stops what is known; in a guest nothing could be lost:';
  const note = labelled('note:', text, { indent: 0, label: 6, columns });
  process.stderr.write(`${note}\n      ./drydock demo ${lesson} --break-it --in-vm\n`);
}
