/**
 * `drydock watch`: every save is checked, and a key is enough for all else.
 *
 *     n next lesson   h hint   c check   d what you changed   s solution   q quit
 *
 * Everything that happens comes through one queue: a save, a key, an answer. So nothing is printed into something else.
 */
import { ending, heading, passed, resultText } from '../check/report.ts';
import type { Result } from '../check/runner.ts';
import type { Keyboard } from '../demo/keyboard.ts';
import { placeOfNextHint } from '../hint.ts';
import { filesOf, type Lesson } from '../lesson.ts';
import { lessonFolder, type Workspace } from '../workspace.ts';
import { fold, row, type Look } from '../look.ts';
import { onSave, type Saves } from './saves.ts';
import { Worker, type Answer } from './worker.ts';
import { finish } from './finish.ts';
import { join } from 'node:path';

export interface WatchOptions {
  readonly work: Workspace;
  readonly look: Look;
  readonly write: (text: string) => void;
  /** Absent: nobody can press a key. */
  readonly keyboard?: Keyboard;
  /** What the keys h, d and s show. */
  readonly show: Readonly<Record<'h' | 'd' | 's', (lesson: Lesson) => Promise<string>>>;
  /** Begins the lesson to go on with; or says why there is none. */
  readonly next: (lesson: Lesson) => Promise<Lesson | string>;
}

type Event = { key: string } | { saved: true } | { answer: Answer };

const BELL = '\u0007';
const KEYS = ['save to check', 'n next', 'h hint', 'c check', 'd difference', 's solution', 'q quit'];

/** Watches until somebody quits. */
export class Watch {
  private readonly queue: Event[] = [];
  private wake: () => void = () => undefined;
  private worker: Worker;
  private saves: Saves;
  private isRunning = false;
  private isStale = false;

  constructor(
    private lesson: Lesson,
    private readonly options: WatchOptions,
  ) {
    this.worker = new Worker(lesson.name);
    this.saves = this.savesOf(lesson);
  }

  async run(): Promise<void> {
    this.listen();
    this.check();
    try {
      for (;;) {
        const event = await this.event();
        if ('answer' in event) this.answered(event.answer);
        else if ('saved' in event) this.check();
        else if (!(await this.pressed(event.key))) return;
      }
    } finally {
      this.saves.close();
      await this.worker.end();
    }
  }

  private savesOf(lesson: Lesson): Saves {
    const folder = lessonFolder(this.options.work, lesson);
    return onSave(
      filesOf(lesson).map((file) => join(folder, file)),
      () => this.push({ saved: true }),
    );
  }

  private push(event: Event): void {
    this.queue.push(event);
    this.wake();
  }

  private async event(): Promise<Event> {
    while (this.queue.length === 0) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.queue.shift()!;
  }

  /** One key at a time, so that a shell or a pager could have the terminal in between. */
  private listen(): void {
    void this.options.keyboard?.key().then((key) => this.push({ key }));
  }

  /** Starts a check, or remembers that one is due when the present one has ended. */
  private check(): void {
    if (this.isRunning) {
      this.isStale = true;
      return;
    }
    if (!this.worker.isAlive) this.worker = new Worker(this.lesson.name);
    this.isRunning = true;
    this.say(this.options.look.style.dim('checking …'));
    const failed = (error: Error): void => this.push({ answer: { rest: error.message } });
    this.worker.go().then((answer) => this.push({ answer }), failed);
  }

  private answered({ results, rest }: Answer): void {
    this.isRunning = false;
    this.worker = new Worker(this.lesson.name);
    if (this.isStale) {
      this.isStale = false;
      return this.check();
    }
    if (rest) this.say(rest);
    if (!results) this.say('the check has ended without an answer');
    if (results) this.report(results);
    this.sayKeys();
  }

  private report(results: readonly Result[]): void {
    const { look, work, keyboard } = this.options;
    this.say(heading(this.lesson, results, look));
    results.map((one) => resultText(one, look)).forEach((text) => text && this.say(text));
    const isDone = passed(results) === results.length;
    if (isDone && keyboard) this.options.write(BELL);
    if (isDone) this.say(finish(work, this.lesson, results.length, look, keyboard !== undefined));
    else this.say(ending(this.lesson, results, look, placeOfNextHint(work)));
  }

  /** False when it was the last one. */
  private async pressed(key: string): Promise<boolean> {
    if (key === 'q' || key === '\u0003' || key === '\u0004') return false;
    if (key === 'c') this.check();
    if (key === 'n') await this.goOn();
    if (key === 'h' || key === 'd' || key === 's') this.answer(await this.options.show[key](this.lesson).catch(told));
    this.listen();
    return true;
  }

  private async goOn(): Promise<void> {
    const next = await this.options.next(this.lesson);
    if (typeof next === 'string') return this.answer(next);
    this.saves.close();
    await this.worker.end();
    this.lesson = next;
    this.saves = this.savesOf(next);
    this.worker = new Worker(next.name);
    this.isStale = this.isRunning;
    this.say(
      `\n${fold(`lesson ${next.name}: ${next.question}`, this.options.look.columns).join('\n')}\n  ${lessonFolder(this.options.work, next)}`,
    );
    if (!this.isRunning) this.check();
  }

  /** What a key has asked for, and what can be pressed after it. */
  private answer(text: string): void {
    this.say(text);
    this.sayKeys();
  }

  private sayKeys(): void {
    const { keyboard, look } = this.options;
    if (keyboard) this.say(look.style.dim(row(KEYS, ' · ', look.columns)));
  }

  private say(text: string): void {
    this.options.write(`${text}\n`);
  }
}

const told = (error: Error & { hint?: string }): string => [error.message, error.hint].filter(Boolean).join('\n  ');
