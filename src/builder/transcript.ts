/**
 * What a build tells, as the lines that Docker's clients print.
 *
 *     Step 2/3 : RUN make
 *      ---> Running in 1a2b3c4d5e6f
 *     …
 *      ---> 6f5e4d3c2b1a
 *
 * Stages are built at the same time, and people read one after the other: what a later stage says waits until those before it
 * are done. It waits in memory, so of programs no more than what BuildKit would show of one; none is held up for it, because
 * it may have what the stage in front is waiting for (a cache that is locked).
 */
import { StringDecoder } from 'node:string_decoder';
import { hexOf, type Digest } from '../content/digest.ts';
import type { BuildEvent, Step } from './builder.ts';

const MOST_WAITING = 2 << 20;
const CLIPPED = '[output clipped, log limit 2MiB reached]\n';

interface Waiting {
  readonly texts: string[];
  /** What programs have said. */
  length: number;
}

const warning = (message: string): string => `[Warning] ${message}\n`;

const short = (id: Digest): string => hexOf(id).slice(0, 12);

export class Transcript {
  /** What waits, by the stage that said it. */
  private readonly waiting = new Map<number, Waiting>();
  private readonly over = new Set<number>();
  private current?: number;
  private readonly containers = new Map<Step, string>();
  /** A program's output comes in pieces that end anywhere, also within a character. */
  private readonly decoders = new Map<string, StringDecoder>();

  constructor(private readonly write: (text: string) => void) {}

  push(event: BuildEvent): void {
    const stage = 'step' in event ? event.step.stage : event.stage;
    const isWarning = event.kind === 'warning';
    if (isWarning && stage === undefined) return this.write(warning(event.message));
    this.current ??= stage!;
    if (isWarning) return this.say(stage!, warning(event.message), false);
    if (event.kind === 'built') return this.isOver(event.stage);
    for (const text of this.lines(event)) this.say(stage!, text, event.kind === 'output');
  }

  /** The build is over, well or not: whatever waits is said. */
  finish(): void {
    for (const stage of [...this.waiting.keys()].sort((a, b) => a - b)) this.flush(stage);
  }

  private say(stage: number, text: string, isOutput: boolean): void {
    if (stage === this.current) return this.write(text);
    const waiting = this.waiting.get(stage) ?? { texts: [], length: 0 };
    this.waiting.set(stage, waiting);
    const before = waiting.length;
    if (isOutput) waiting.length += text.length;
    if (!isOutput || waiting.length <= MOST_WAITING) waiting.texts.push(text);
    else if (before <= MOST_WAITING) waiting.texts.push(CLIPPED);
  }

  private isOver(stage: number): void {
    this.over.add(stage);
    while (this.current !== undefined && this.over.has(this.current)) {
      const next = [...this.waiting.keys()].filter((one) => one > this.current!).sort((a, b) => a - b)[0];
      this.current = next;
      if (next !== undefined) this.flush(next);
    }
  }

  private flush(stage: number): void {
    for (const text of this.waiting.get(stage)?.texts ?? []) this.write(text);
    this.waiting.delete(stage);
  }

  private decoder({ stage }: Step, stream: 1 | 2): StringDecoder {
    const key = `${stage} ${stream}`;
    const decoder = this.decoders.get(key) ?? new StringDecoder();
    this.decoders.set(key, decoder);
    return decoder;
  }

  private *lines(event: Exclude<BuildEvent, { kind: 'warning' | 'built' }>): Generator<string> {
    const { step } = event;
    if (event.kind === 'step') yield `Step ${step.number}/${step.of} : ${step.text}\n`;
    if (event.kind === 'cached') yield ' ---> Using cache\n';
    if (event.kind === 'output') {
      const text = this.decoder(step, event.stream).write(event.bytes);
      if (text !== '') yield event.stream === 1 ? text : `\x1b[91m${text}\x1b[0m`;
    }
    if (event.kind === 'running') {
      this.containers.set(step, event.container.slice(0, 12));
      yield ` ---> Running in ${event.container.slice(0, 12)}\n`;
    }
    if (event.kind !== 'done') return;
    const container = this.containers.get(step);
    this.containers.delete(step); // triggers of ONBUILD share a step
    if (container) yield `Removing intermediate container ${container}\n`;
    if (event.triggers) yield `# Executing ${event.triggers} build trigger${event.triggers === 1 ? '' : 's'}\n`;
    else if (!event.isPart) yield ` ---> ${event.id ? short(event.id) : ''}\n`;
  }
}
