/**
 * PID 1 on strings: a learner writes the duties of PID 1 in TypeScript, and drydock-puppet, the real PID 1 in the
 * container, does what it is told.
 *
 *     learner's init()             puppet, in the container (addon/init/puppet.c)
 *       nextSignal()   ◀────────   signal N
 *       wait()         ────────▶   waitpid(-1, …, WNOHANG)
 *                      ◀────────   reaped PID STATUS | none
 *       kill()         ────────▶   kill(PID, SIGNAL)
 *       exit()         ────────▶   _exit(CODE)
 *
 * Answers come in the order of the questions; signals come when they come, and are kept until asked for.
 */
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { projectHome } from '../linux/native.ts';
import { withInit } from '../runtime/init.ts';
import type { Spec } from '../runtime/spec.ts';
import { Gone, stringPair, type Lines } from './strings.ts';

/** What PID 1 can do and notice. Numbers of processes are those inside the container. */
export interface PuppetKernel {
  /** The next signal that PID 1 was sent: SIGCHLD is 17, SIGTERM is 15. Like the kernel, it keeps one of each kind. */
  nextSignal(): Promise<number>;
  /** Takes one child that has ended, never waits: undefined when there is none. `status` is that of wait(2). */
  wait(): Promise<{ pid: number; status: number } | undefined>;
  /** Sends a signal to a process, or, with a negative number, to a process group. False when nobody is there. */
  kill(pid: number, signal: number): Promise<boolean>;
  /** Ends PID 1, and with it the container. Never comes back. */
  exit(code: number): Promise<never>;
}

export type Init = (kernel: PuppetKernel, child: number) => Promise<void>;

/** The spec with the puppet as PID 1; its strings arrive as standard input and are moved to descriptor 3. */
export function withPuppet(spec: Spec): Spec {
  const inFront = withInit(spec, join(projectHome(), 'build/Release/drydock-puppet'));
  const args = ['sh', '-c', 'exec 3<&0 </dev/null; exec "$@"', 'sh', ...inFront.process.args];
  return { ...inFront, process: { ...inFront.process, args } };
}

export interface Strings {
  /** For the puppet's standard input. Closed by `hold`. */
  readonly theirs: number;
  /** Runs the learner's init once the puppet has started its program: has it returned, or the puppet ended before? */
  hold(init: Init): Promise<'returned' | 'ended'>;
  /** Lets go: the puppet ends with 125, if it has not ended yet. */
  close(): void;
}

/** A pair of ends for one puppet. */
export function strings(): Strings {
  const { theirs, lines, close } = stringPair();
  return {
    theirs,
    close,
    async hold(init) {
      closeSync(theirs);
      try {
        const [word, child] = await lines.answer();
        if (word === 'child') await init(kernelOf(lines), Number(child));
        return 'returned';
      } catch (error) {
        if (!(error instanceof Gone)) throw error;
        return 'ended';
      } finally {
        close();
      }
    },
  };
}

function kernelOf(lines: Lines): PuppetKernel {
  return {
    nextSignal: () => lines.signal(),
    async wait() {
      const [word, pid, status] = await lines.ask('wait');
      return word === 'reaped' ? { pid: Number(pid), status: Number(status) } : undefined;
    },
    kill: async (pid, signal) => (await lines.ask(`kill ${Math.trunc(pid)} ${Math.trunc(signal)}`))[0] === 'ok',
    exit: async (code) => {
      await lines.ask(`exit ${Math.trunc(code)}`);
      throw new Gone();
    },
  };
}
