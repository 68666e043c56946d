/**
 * What happens, told to everybody who listens (`drydock events`).
 *
 * The last ones are remembered, so that `--since` shows the near past, and so that whoever starts something and listens a
 * moment later misses nothing. They are not on the disk: what has happened to a container stands in its record.
 */
import { LONGEST_TIMER_MS } from '../linux/timer.ts';
import type { EventsWanted } from './engine.ts';
import type { EventMessage, Filters } from './types.ts';

/** As many as Docker remembers. */
const REMEMBERED = 256;
/** A listener that is so far behind has stopped to read; its stream ends rather than our memory. */
const MOST_BEHIND = 10_000;

export class Events {
  private readonly past: EventMessage[] = [];
  private readonly listeners = new Set<(event: EventMessage) => void>();
  private latest = 0n;

  /** How many listen now. */
  get listening(): number {
    return this.listeners.size;
  }

  /** `attributes` of a container have its image's name and its own, and its labels (`attributesOf`). */
  emit(type: EventMessage['Type'], action: string, id: string, attributes: Record<string, string> = {}): void {
    const nano = this.now();
    const isOld = type === 'container' || type === 'image';
    const event: EventMessage = {
      ...(isOld && { status: action, id, ...(attributes.image !== undefined && { from: attributes.image }) }),
      Type: type,
      Action: action,
      Actor: { ID: id, Attributes: attributes },
      scope: 'local',
      time: Number(nano / 1_000_000_000n),
      timeNano: Number(nano),
    };
    this.past.push(event);
    if (this.past.length > REMEMBERED) this.past.shift();
    for (const hear of [...this.listeners]) hear(event);
  }

  /**
   * Later than the one before, whatever the machine's clock does meanwhile: clients sort by it. By a microsecond, because
   * a number of JavaScript cannot tell nanoseconds of today apart.
   */
  private now(): bigint {
    const now = BigInt(Date.now()) * 1_000_000n;
    this.latest = now > this.latest ? now : this.latest + 1_000n;
    return this.latest;
  }

  /** Listens from the call on, not from the first `next`; `return` stops it. */
  subscribe({ since, until, filters = {} }: EventsWanted = {}): AsyncIterableIterator<EventMessage> {
    const isPast = ({ timeNano }: EventMessage): boolean =>
      since !== undefined && timeNano / 1e9 >= since && timeNano / 1e9 <= (until ?? Infinity);
    const past = this.past.filter((event) => isPast(event) && matches(event, filters));
    const stream = new Stream(past, () => {
      this.listeners.delete(hear);
      clearTimeout(timer);
    });
    // What happens now is before the end, though its number may be later: the clock may have been set back (`now`).
    const hear = (event: EventMessage): void => {
      if (Date.now() / 1000 <= (until ?? Infinity) && matches(event, filters)) stream.push(event);
    };
    this.listeners.add(hear);
    const timer = until === undefined ? undefined : endAt(until, () => stream.end());
    return stream;
  }
}

function endAt(seconds: number, end: () => void): NodeJS.Timeout {
  const timer = setTimeout(end, Math.min(Math.max(0, seconds * 1000 - Date.now()), LONGEST_TIMER_MS));
  timer.unref();
  return timer;
}

/** Events that wait for a reader, or a reader that waits for events. */
class Stream implements AsyncIterableIterator<EventMessage> {
  private readers: ((result: IteratorResult<EventMessage>) => void)[] = [];
  private hasEnded = false;

  constructor(
    private readonly queue: EventMessage[],
    private readonly stop: () => void,
  ) {}

  push(event: EventMessage): void {
    const reader = this.readers.shift();
    if (reader) return reader({ value: event, done: false });
    this.queue.push(event);
    if (this.queue.length > MOST_BEHIND) this.end();
  }

  end(): void {
    this.hasEnded = true;
    this.stop();
    for (const reader of this.readers.splice(0)) reader({ value: undefined, done: true });
  }

  next(): Promise<IteratorResult<EventMessage>> {
    const value = this.queue.shift();
    if (value) return Promise.resolve({ value, done: false });
    if (this.hasEnded) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.readers.push(resolve));
  }

  return(): Promise<IteratorResult<EventMessage>> {
    this.queue.length = 0;
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** Of the words of one filter one has to fit, and of several filters each. */
function matches(event: EventMessage, filters: Filters): boolean {
  return Object.entries(filters).every(
    ([name, words]) => words.length === 0 || words.some((word) => fits(event, name, word)),
  );
}

function fits({ Type, Action, Actor: { ID, Attributes } }: EventMessage, name: string, word: string): boolean {
  switch (name) {
    case 'type':
      return Type === word;
    case 'event':
      // `exec_create: sh -c …` is an exec_create.
      return Action === word || Action.startsWith(`${word}:`);
    case 'label':
      return hasLabel(Attributes, word);
    case 'image':
      return [Type === 'image' ? ID : Attributes.image, Attributes.name].some(
        (known) => known === word || known?.startsWith(`${word}:`),
      );
    case 'scope':
      return word === 'local';
    default:
      return Type === name && (Attributes.name === word || ID === word || (word.length > 3 && ID.startsWith(word)));
  }
}

/** `key` alone, or `key=value`. */
export function hasLabel(labels: Readonly<Record<string, string>>, word: string): boolean {
  const [key = '', value] = word.split(/=(.*)/s);
  return value === undefined ? key in labels : labels[key] === value;
}
