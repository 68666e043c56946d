/**
 * How a build is shown.
 *
 *     plain   Docker's lines, as the engine sends them
 *     tty     a line for each stage that is at work, with its time and what its program said last; what is done stands above
 *
 *             [2/6] FROM lab AS docs                                      0.1s     done
 *             [4/6] RUN make                                              3.2s     at work
 *               | cc -c main.c
 *             [5/6] RUN make docs                                         1.0s     at the same time
 *
 *     json    what happens, a value in each line
 *
 * A base image that is fetched is told as `pull` tells it; on a terminal its bars stand below the stages.
 */
import { StringDecoder } from 'node:string_decoder';
import type { Progress } from '../../client/types.ts';
import { withColourFor } from './build-colour.ts';
import { progressOn, progressText } from '../format/progress.ts';
import { LiveLines } from './live-lines.ts';
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
  readonly id?: Progress['id'];
  readonly status?: Progress['status'];
  readonly progressDetail?: Progress['progressDetail'];
  readonly stream?: string;
  readonly build?: Event;
  readonly aux?: { readonly ID?: string };
  readonly error?: string;
  /** Ours: of what has failed, where it stands, what to do, and the state that it was run on. */
  readonly line?: number;
  readonly text?: string;
  readonly hint?: string;
  readonly before?: string;
  /** Words of `run` for a shell in that, where one could look. */
  readonly shell?: readonly string[];
  readonly errorDetail?: { readonly code?: number; readonly message?: string };
}

/** Lines of a program's output that are kept for when it fails, and characters of each. */
const keptLines = 20;
const keptCharacters = 4096;
const shownLines = 3;
const redrawMs = 100;

/** A stage that is at work. */
interface Work {
  readonly step: Step;
  readonly since: number;
  readonly decoder: StringDecoder;
  isCached: boolean;
  output: string[];
}

export class View {
  private readonly works = new Map<number, Work>();
  private readonly live = new LiveLines();
  /** What of base images is on its way, by the id of the layer. */
  private readonly arriving = new Map<string, Progress>();
  private readonly tellProgress = progressOn({ write: print });
  private timer?: NodeJS.Timeout;

  constructor(private readonly mode: 'plain' | 'tty' | 'json') {
    if (mode === 'tty') this.timer = setInterval(() => this.draw(), redrawMs);
  }

  show(message: BuildMessage): void {
    const { build, stream } = message;
    if (this.mode === 'json') return print(`${JSON.stringify(message)}\n`);
    if (stream !== undefined) this.above(withColourFor(1, stream));
    if (build) this.see(build);
    if (message.status !== undefined) this.hearOfPull(message);
  }

  finish(): void {
    clearInterval(this.timer);
    this.live.draw([]);
  }

  /** What the program said last that stands on this line; nothing where all of it has been shown. */
  lastOutput(line: number | undefined): string[] {
    if (this.mode !== 'tty') return [];
    const work = [...this.works.values()].find(({ step }) => step.line === line);
    return work ? saidLines(work) : [];
  }

  private see(event: Event): void {
    if (event.kind === 'warning') return this.above(`warning: ${event.message}\n`);
    const { step } = event;
    if (!step) return;
    const work = this.works.get(step.stage);
    // A trigger of ONBUILD belongs to the step of its FROM, which is done already.
    if (event.kind === 'step' || (event.kind === 'running' && !work))
      this.works.set(step.stage, {
        ...{ step, since: Date.now(), isCached: false, output: [] },
        decoder: new StringDecoder(),
      });
    else if (event.kind === 'cached' && work) work.isCached = true;
    else if (event.kind === 'output' && work) hear(work, Buffer.from(event.bytes ?? '', 'base64'));
    else if (event.kind === 'done' && work) this.isDone(work);
  }

  private isDone(work: Work): void {
    this.works.delete(work.step.stage);
    this.live.draw(this.lines(), [header(work)]);
  }

  private hearOfPull({ id, status, progressDetail }: BuildMessage): void {
    const progress: Progress = { id, status, progressDetail };
    if (this.mode === 'plain') return this.tellProgress(progress);
    const { current, total } = progressDetail ?? {}; // dockerd says {} of what has come
    if (id !== undefined && (current ?? total) !== undefined) this.arriving.set(id, progress);
    else if (id !== undefined) this.arriving.delete(id);
    else if (status!.startsWith('Status: ')) this.above(`${status}\n`);
  }

  /** Text of somebody else's, above what is drawn again and again. */
  private above(text: string): void {
    this.live.draw([]);
    print(text);
  }

  private draw(): void {
    this.live.draw(this.lines());
  }

  private lines(): string[] {
    const works = [...this.works.values()];
    const bars = [...this.arriving.values()].map((one) => `  | ${progressText(one, LiveLines.width() - 4)}`);
    const all = [...works.flatMap((work) => [header(work), ...saidLines(work).slice(-shownLines)]), ...bars];
    // Where the screen is too low, what everybody does is more than what one has said.
    return all.length <= LiveLines.most() ? all : works.map(header);
  }
}

function hear(work: Work, bytes: Buffer): void {
  const text = `${work.output.pop() ?? ''}${work.decoder.write(bytes)}`;
  work.output = [...work.output, ...text.split('\n')].slice(-keptLines).map((line) => line.slice(-keptCharacters));
}

/** Of a line that was written over (`\r`), what was written last. */
const saidLines = ({ output }: Work): string[] =>
  output
    .map((line) => line.split('\r').findLast((part) => part !== ''))
    .filter((line) => line !== undefined)
    .map((line) => `  | ${line}`);

const header = (work: Work): string => {
  const { number, of, text } = work.step;
  return `[${number}/${of}] ${text.split('\n', 1)[0]}\t${work.isCached ? 'cached' : elapsed(work)}`;
};

const elapsed = ({ since }: Work): string => `${((Date.now() - since) / 1000).toFixed(1)}s`;
