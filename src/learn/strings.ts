/**
 * The strings of a puppet: a process of the real kernel does what it is told over a socket, because the code that decides
 * is a learner's TypeScript and cannot be where that process is. Two puppets hang on such strings: PID 1 (puppet.ts) and
 * the child before its program (child-puppet.ts).
 *
 * Answers come in the order of the questions; signals come when they come, and are kept until asked for.
 */
import { closeSync } from 'node:fs';
import { isSyscallError } from '../linux/calls.ts';
import { native } from '../linux/native.ts';

/** Both ends. `theirs` is for the puppet's standard input, and the caller's to close. */
export function stringPair(): { theirs: number; lines: Lines; close(): void } {
  const [ours, theirs] = native.seqpacketPair();
  const lines = new Lines(ours);
  let isClosed = false;
  return {
    theirs,
    lines,
    close() {
      if (isClosed) return;
      isClosed = true;
      lines.close();
      closeSync(ours);
    },
  };
}

/** The puppet has ended: whoever still asks it will never be answered. */
export class Gone extends Error {}

/** The stream of lines, sorted into signals and answers: answers in the order of the questions, signals when they come. */
export class Lines {
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
      const message = native.receive(this.fd);
      return message === null ? 'later' : message?.data.toString();
    } catch (error) {
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
