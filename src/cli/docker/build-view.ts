/**
 * How a build is shown.
 *
 *     plain   Docker's lines, as the engine sends them
 *     tty     a line for each stage that is at work, with its time and what its program said last; what is done stands above
 *     json    what happens, a value in each line
 */
import { print } from './print.ts';

interface Step {
  readonly number: number;
  readonly of: number;
  readonly stage: number;
  readonly line: number;
  readonly text: string;
}

/** src/builder/builder.ts, BuildEvent, as JSON has it. */
interface Event {
  readonly kind: 'step' | 'cached' | 'running' | 'output' | 'done' | 'built' | 'warning';
  readonly step?: Step;
  readonly id?: string;
  /** Base64. */
  readonly bytes?: string;
  readonly message?: string;
}

export interface BuildMessage {
  readonly stream?: string;
  readonly status?: string;
  readonly build?: Event;
  readonly aux?: { readonly ID?: string };
  readonly error?: string;
  /** Ours: of what has failed, where it stands, what to do, and the state that it was run on. */
  readonly line?: number;
  readonly text?: string;
  readonly hint?: string;
  readonly before?: string;
  readonly errorDetail?: { readonly code?: number; readonly message?: string };
}

/** Lines of a program's output that are kept for when it fails. */
const keptLines = 20;
const shownLines = 3;
const redrawMs = 100;

interface Work {
  readonly step: Step;
  readonly since: number;
  isCached: boolean;
  output: string[];
}

export class View {
  private readonly works = new Map<number, Work>();
  private drawn = 0;
  private last?: Work;
  private timer?: NodeJS.Timeout;

  constructor(private readonly mode: 'plain' | 'tty' | 'json') {
    if (mode === 'tty') this.timer = setInterval(() => this.draw(), redrawMs);
  }

  show(message: BuildMessage): void {
    const { build, stream } = message;
    if (this.mode === 'json') return print(`${JSON.stringify(message)}\n`);
    if (stream !== undefined) this.above(stream);
    if (build) this.see(build);
  }

  finish(): void {
    clearInterval(this.timer);
    this.erase();
  }

  /** What the program said last that was at work; nothing where all of it has been shown. */
  lastOutput(): string[] {
    return this.mode === 'tty'
      ? (this.last?.output ?? []).filter((line) => line !== '').map((line) => `  | ${line}`)
      : [];
  }

  private see(event: Event): void {
    if (event.kind === 'warning') return this.above(`warning: ${event.message}\n`);
    const { step } = event;
    if (!step) return;
    const work = this.works.get(step.stage);
    if (event.kind === 'step') {
      this.last = { step, since: Date.now(), isCached: false, output: [] };
      this.works.set(step.stage, this.last);
    } else if (event.kind === 'cached' && work) work.isCached = true;
    else if (event.kind === 'output' && work) {
      this.last = work;
      const text = Buffer.from(event.bytes ?? '', 'base64').toString();
      const lines = `${work.output.pop() ?? ''}${text}`.split('\n');
      work.output = [...work.output, ...lines].slice(-keptLines);
    } else if (event.kind === 'done' && work) this.isDone(work);
  }

  private isDone(work: Work): void {
    const { step, isCached } = work;
    this.works.delete(step.stage);
    if (this.last === work) this.last = undefined;
    this.above(`[${step.number}/${step.of}] ${step.text.split('\n', 1)[0]} ${isCached ? 'cached' : elapsed(work)}\n`);
  }

  /** Above what is drawn again and again. */
  private above(text: string): void {
    this.erase();
    print(text);
  }

  private erase(): void {
    if (this.drawn > 0) print(`\x1b[${this.drawn}A\x1b[J`);
    this.drawn = 0;
  }

  private draw(): void {
    this.erase();
    const width = process.stdout.columns || 80;
    const lines = [...this.works.values()].flatMap((work) => [
      `[${work.step.number}/${work.step.of}] ${work.step.text.split('\n', 1)[0]} ${elapsed(work)}`,
      ...work.output
        .filter((line) => line !== '')
        .slice(-shownLines)
        .map((line) => `  | ${line}`),
    ]);
    for (const line of lines) print(`${withoutControls(line).slice(0, width - 1)}\n`);
    this.drawn = lines.length;
  }
}

const elapsed = ({ since }: Work): string => `${((Date.now() - since) / 1000).toFixed(1)}s`;

/** A program of a build must not move our cursor. */
// eslint-disable-next-line no-control-regex -- these are what is taken out
const withoutControls = (line: string): string => line.replace(/\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]/g, '');
