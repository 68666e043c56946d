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
import { isSyscallError } from '../linux/calls.ts';
import { EAGAIN } from '../linux/errno.ts';
import { native, projectHome } from '../linux/native.ts';
import { withInit } from '../runtime/init.ts';
import type { Spec } from '../runtime/spec.ts';

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
  const [ours, theirs] = native.seqpacketPair();
  let isClosed = false;
  const lines = new Lines(ours);
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    lines.close();
    closeSync(ours);
  };
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

/** The puppet has ended: whoever still asks it will never be answered. */
class Gone extends Error {}

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

/** The stream of lines, sorted into signals and answers. */
class Lines {
  private readonly answers = new Queue<string[]>();
  private readonly signals = new Queue<number>();
  private readonly watch;
  private text = '';

  constructor(private readonly fd: number) {
    this.watch = native.watch(fd, () => this.take());
  }

  ask(order: string): Promise<string[]> {
    try {
      native.send(this.fd, `${order}\n`);
    } catch (error) {
      // EPIPE, ECONNRESET: it is gone; the queue knows.
      if (!isSyscallError(error)) throw error;
    }
    return this.answers.next();
  }

  answer(): Promise<string[]> {
    return this.answers.next();
  }

  signal(): Promise<number> {
    return this.signals.next();
  }

  close(): void {
    this.watch.close();
    this.answers.end();
    this.signals.end();
  }

  private take(): void {
    for (;;) {
      const message = this.receive();
      if (message === 'later') return;
      if (message === undefined) return this.close();
      this.text += message;
      for (let end = this.text.indexOf('\n'); end >= 0; end = this.text.indexOf('\n')) {
        const words = this.text.slice(0, end).split(' ');
        this.text = this.text.slice(end + 1);
        if (words[0] === 'signal') this.signals.put(Number(words[1]));
        else this.answers.put(words);
      }
    }
  }

  private receive(): string | undefined {
    try {
      return native.receive(this.fd)?.data.toString();
    } catch (error) {
      if (isSyscallError(error, EAGAIN)) return 'later';
      if (isSyscallError(error)) return undefined;
      throw error;
    }
  }
}

/** Values that wait for whoever asks, or askers that wait for values. */
class Queue<T> {
  private readonly values: T[] = [];
  private readonly askers: { resolve: (value: T) => void; reject: (error: Gone) => void }[] = [];
  private isEnded = false;

  put(value: T): void {
    const asker = this.askers.shift();
    if (asker) asker.resolve(value);
    else this.values.push(value);
  }

  next(): Promise<T> {
    if (this.values.length) return Promise.resolve(this.values.shift()!);
    const value = new Promise<T>((resolve, reject) => {
      if (this.isEnded) reject(new Gone());
      else this.askers.push({ resolve, reject });
    });
    // A learner may ask and not look: that PID 1 is gone is then nobody's failure.
    value.catch(() => undefined);
    return value;
  }

  end(): void {
    this.isEnded = true;
    for (const { reject } of this.askers.splice(0)) reject(new Gone());
  }
}
