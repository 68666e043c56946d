/**
 * A child on strings: a learner writes the child's life in TypeScript (addon/shim/child.c is ours, in C), and
 * drydock-child-puppet, a real child between clone and execve, does what it is told.
 *
 *     learner's becomeProgram()       puppet, before its program (addon/shim/child_puppet.c)
 *       runStep(3)    ────────▶         the system call of step 3
 *                     ◀────────         0, a descriptor, or a negative errno
 *
 * An execve that succeeds closes the strings: whoever waits for its answer waits for ever, as in the kernel.
 */
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { projectHome } from '../linux/native.ts';
import { Gone, stringPair } from './strings.ts';

/** What the child can do before it has a program. addon/shim/child_calls.h has the same in C. */
export interface ChildCalls {
  /** Says `born` to the parent, with the number by which it knows us. */
  beBorn(): Promise<void>;
  /** Waits until the parent has done its part. */
  awaitParent(): Promise<void>;
  /** How many steps the plan has; they are counted from 0. The last one is the execve. */
  stepCount(): Promise<number>;
  /** Makes the system call of a step: 0, a descriptor, or a negative errno. Never comes back from a good execve. */
  runStep(step: number): Promise<number>;
  /** True when the plan says that this errno is no failure of the step. */
  tolerates(step: number, errno: number): Promise<boolean>;
  /** Keeps what a step has opened for those that name it later. */
  keepResult(step: number, result: number): Promise<void>;
  /** Tells the parent which step was refused, with which errno. */
  tellFailure(step: number, errno: number): Promise<void>;
}

/** Resolves only when the program could not be started: with the exit code. */
export type BecomeProgram = (child: ChildCalls) => Promise<number>;

/** The shim that has the puppet for its child. */
export const puppetShim = (): string => join(projectHome(), 'build/Release/drydock-child-puppet');

export interface ChildStrings {
  /** For the standard input of one container of that shim. */
  readonly theirs: number;
  /** Pulls them: undefined once the child has become its program or has gone, else the exit code that was returned. */
  pull(becomeProgram: BecomeProgram): Promise<number | undefined>;
  /** Lets go: a child that is no program yet ends with 125. */
  close(): void;
}

/** A pair of ends for one child. */
export function childStrings(): ChildStrings {
  const { theirs, lines, close } = stringPair();
  const ask = async (word: string, ...numbers: readonly number[]): Promise<number> =>
    Number((await lines.ask([word, ...numbers.map(Math.trunc)].join(' ')))[0]);
  const calls: ChildCalls = {
    beBorn: async () => void (await ask('born')),
    awaitParent: async () => void (await ask('await')),
    stepCount: () => ask('count'),
    runStep: (step) => ask('run', step),
    tolerates: async (step, errno) => (await ask('tolerates', step, errno)) === 1,
    keepResult: async (step, result) => void (await ask('keep', step, result)),
    tellFailure: async (step, errno) => void (await ask('fail', step, errno)),
  };
  return {
    theirs,
    async pull(becomeProgram) {
      try {
        const code = await becomeProgram(calls);
        // Its answer never comes: the child has gone.
        await ask('return', code);
        return code;
      } catch (error) {
        if (error instanceof Gone) return undefined;
        throw error;
      } finally {
        close();
      }
    },
    close() {
      close();
      closeSync(theirs);
    },
  };
}
