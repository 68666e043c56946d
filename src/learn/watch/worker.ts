/**
 * The process that runs a learner's code for `watch`: `drydock check LESSON --warm`, in the dock.
 *
 *     watch ── starts ──▶ worker: enters the dock, reads the libraries, waits
 *           ── a line ──▶         runs the checks, prints a record, ends
 *
 * A fresh one is made ready while the learner reads what the last one said, so that a save is answered at once, and
 * nothing that a learner's code does to its process outlives one check.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Result } from '../check/runner.ts';
import { recordIn } from './record.ts';

/** What a worker has said at its end. */
export interface Answer {
  /** Absent: it has ended without any. */
  readonly results?: readonly Result[];
  /** What else was printed: by the learner's code, or why there are no results. */
  readonly rest: string;
}

export class Worker {
  private readonly child: ChildProcess;
  private readonly answer: Promise<Answer>;
  private alive = true;

  constructor(lesson: string) {
    const again = [...process.execArgv, process.argv[1]!, 'check', lesson, '--warm'];
    this.child = spawn(process.execPath, again, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.answer = new Promise((resolve, reject) => {
      const [out, err]: [string[], string[]] = [[], []];
      this.child.stdout!.on('data', (bytes: Buffer) => out.push(bytes.toString()));
      this.child.stderr!.on('data', (bytes: Buffer) => err.push(bytes.toString()));
      this.child.stdin!.on('error', () => undefined); // It has ended: the answer says why.
      this.child.on('error', reject);
      this.child.on('close', () => {
        this.alive = false;
        const { results, rest } = recordIn(out.join(''));
        resolve({ results, rest: [rest, err.join('').trim()].filter(Boolean).join('\n') });
      });
    });
    this.answer.catch(() => undefined);
  }

  /** False when it has ended before it was needed: the dock's time was up. */
  get isAlive(): boolean {
    return this.alive;
  }

  /** Runs the checks. */
  go(): Promise<Answer> {
    this.child.stdin!.end('go\n');
    return this.answer;
  }

  /** Ends it, whatever it does. */
  async end(): Promise<void> {
    this.child.stdin!.end();
    if (this.alive) this.child.kill('SIGTERM');
    await this.answer.catch(() => undefined);
  }
}
