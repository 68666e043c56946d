/**
 * A lab container whose PID 1 is the learner's: a program built from C, or TypeScript that pulls the puppet's strings.
 */
import type { Bench } from '../../src/learn/check/check.ts';
import { strings, withPuppet, type Init } from '../../src/learn/puppet.ts';
import type { LabContainer } from '../../src/learn/stage.ts';

export const LOOP = 'addon/init/drydock-init.c#reap_and_forward';
/** How long something may take that takes milliseconds: other people's machines are busy. */
export const STEPWISE_MS = 3000;

export interface UnderInit {
  readonly container: LabContainer;
  /** What happened, with what the learner's own code did about it, if it did something wrong by itself. */
  did(what: string): string;
}

/** Starts `args` below the learner's PID 1. */
export async function startUnderInit(t: Bench, args: readonly string[]): Promise<UnderInit> {
  const solved = t.solved(LOOP);
  if (solved.kind === 'program') {
    const container = await t.run({ args, init: solved.path });
    return { container, did: (what) => what };
  }
  const held = strings();
  let trouble = '';
  let container: LabContainer;
  try {
    container = await t.run({ args, stdin: held.theirs, adjust: withPuppet });
  } catch (error) {
    held.close();
    throw error;
  }
  held.hold(solved.run as unknown as Init).then(
    (how) => (trouble = how === 'returned' ? '; init() returned without kernel.exit()' : ''),
    (error: unknown) => (trouble = `; init() threw: ${error instanceof Error ? error.message : String(error)}`),
  );
  return { container, did: (what) => what + trouble };
}
