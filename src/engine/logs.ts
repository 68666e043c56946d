/**
 * `logs`: what a container has written, from its json-file log.
 *
 *     json.log.2 ──▶ json.log.1 ──▶ json.log        oldest first; the vessel puts a full file aside (vessel_log.h)
 *
 * Each line is an object, `{"log": "text\n", "stream": "stdout", "time": "…"}`. Whoever follows holds the file open that he
 * reads: it stays the same one when it is put aside, and at its end the one that came after it is looked up by its inode.
 */
import { watch } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import type { Container } from './container.ts';
import type { Engine, LogLine, LogsWanted } from './engine.ts';
import { logDetails } from './log-attributes.ts';

const FILE = 'json.log';
const CHUNK = 64 * 1024;
const NEWLINE = 10;

export const logPath = (folder: string): string => join(folder, FILE);

/** Throws NO_SUCH_CONTAINER at the call, and UNSUPPORTED for a container that writes no log. */
export function containerLogs(engine: Engine, name: string, wanted: LogsWanted): AsyncIterable<LogLine> {
  const container = engine.containers.find(name);
  if (container.record.HostConfig.LogConfig?.Type === 'none')
    throw new DrydockError('UNSUPPORTED', 'configured logging driver does not support reading', {
      hint: 'the container was made with --log-driver none',
    });
  return linesOf(container, wanted);
}

async function* linesOf(container: Container, wanted: LogsWanted): AsyncGenerator<LogLine> {
  const { stdout = false, stderr = false, since = 0n, until = 0n, timestamps = false, follow = false } = wanted;
  const details = wanted.details ? `${logDetails(container.record)} ` : '';
  for await (const line of entries(container, wanted)) {
    const { log, stream, time } = parsed(line);
    // A line that somebody has spoiled is of no time, and shown.
    const at = momentOf(time) ?? since;
    if (at < since) continue;
    const isLate = until > 0n && at > until;
    // Later lines may be of an earlier time, where somebody has set the clock back; whoever follows has to end somewhere.
    if (isLate && follow) return;
    if (isLate) continue;
    const number = stream === 'stderr' ? 2 : 1;
    if (number === 1 ? stdout : stderr)
      yield { stream: number, bytes: Buffer.from(`${timestamps ? `${time} ` : ''}${details}${log}`) };
  }
}

/** Nanoseconds, which Date does not know: who reads on asks for what came since the last line that he has. */
function momentOf(time: string): bigint | undefined {
  const [, seconds, fraction = ''] = /^(.{19})\.(\d{9})Z$/.exec(time) ?? [];
  const milliseconds = Date.parse(`${seconds}Z`);
  return Number.isNaN(milliseconds) ? undefined : BigInt(milliseconds) * 1_000_000n + BigInt(fraction);
}

interface Entry {
  readonly log: string;
  readonly stream: string;
  readonly time: string;
}

/** A line that somebody has spoiled is said to be so, in its place. */
function parsed(line: string): Entry {
  try {
    const entry = JSON.parse(line) as Partial<Entry>;
    if (typeof entry.log === 'string' && typeof entry.time === 'string') return { stream: 'stdout', ...entry } as Entry;
  } catch {
    // Said below, as for what is JSON and no entry.
  }
  return { log: `drydock: a line of the log cannot be read: ${line.slice(0, 80)}\n`, stream: 'stderr', time: '' };
}

async function* entries(container: Container, { tail, follow }: LogsWanted): AsyncGenerator<string> {
  const news = follow ? new News(container) : undefined;
  let file = await firstFile(container.folder, tail, news);
  try {
    let rest = '';
    while (file) {
      const seen = news?.count;
      // A program that writes faster than we read would never let us come to an end.
      const room = follow ? CHUNK : Math.min(CHUNK, file.end - file.at);
      const { bytesRead, buffer } = await file.handle.read(Buffer.alloc(room), 0, room, file.at);
      file.at += bytesRead;
      const pieces = (rest + buffer.toString('latin1', 0, bytesRead)).split('\n');
      rest = pieces.pop()!;
      for (const piece of pieces) yield Buffer.from(piece, 'latin1').toString();
      if (bytesRead > 0) continue;
      if (!follow && file.newer === 0) return;
      const next = await fileAfter(container.folder, file);
      if (next) {
        await file.handle.close();
        file = next;
      } else if (!(await news?.since(seen!))) return;
    }
  } finally {
    news?.close();
    await file?.handle.close();
  }
}

interface Place {
  handle: FileHandle;
  /** Where to read on. */
  at: number;
  /** How long it was when it was opened. */
  readonly end: number;
  /** How many files there were after it when the first one was opened. */
  readonly newer: number;
}

async function firstFile(folder: string, tail: number | undefined, news: News | undefined): Promise<Place | undefined> {
  for (;;) {
    const seen = news?.count;
    const place = await startOf(folder, tail ?? Infinity);
    // A container that has not been started has no file yet.
    if (place || !(await news?.since(seen!))) return place;
  }
}

const nameOf = (number: number): string => (number === 0 ? FILE : `${FILE}.${number}`);

function openIfThere(folder: string, number: number): Promise<FileHandle | undefined> {
  return open(join(folder, nameOf(number)), 'r').catch(undefinedIfMissing);
}

function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** Where the last `tail` lines begin: from the newest file backwards, until there are enough. */
async function startOf(folder: string, tail: number): Promise<Place | undefined> {
  let place: Place | undefined;
  let missing = tail;
  for (let number = 0; ; number++) {
    const handle = await openIfThere(folder, number);
    if (!handle) return place;
    await place?.handle.close();
    const { size } = await handle.stat();
    const begun = missing === Infinity ? { at: 0, lines: 0 } : await backwards(handle, size, missing);
    place = { handle, at: begun.at, end: size, newer: number };
    missing -= begun.lines;
    if (missing <= 0) return place;
  }
}

/** Where the last `wanted` lines of a file begin, and how many there are. */
async function backwards(handle: FileHandle, size: number, wanted: number): Promise<{ at: number; lines: number }> {
  let lines = 0;
  if (wanted === 0) return { at: size, lines: 0 };
  for (let end = size; end > 0;) {
    const begin = Math.max(0, end - CHUNK);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - begin), 0, end - begin, begin);
    for (let i = bytesRead - 1; i >= 0; i--) {
      if (buffer[i] !== NEWLINE || begin + i === size - 1) continue;
      if (++lines === wanted) return { at: begin + i + 1, lines };
    }
    end = begin;
  }
  return { at: 0, lines: lines + (size > 0 ? 1 : 0) };
}

/** The file that was begun when this one was put aside; undefined when this is the newest. */
async function fileAfter(folder: string, last: Place): Promise<Place | undefined> {
  const { ino } = await last.handle.stat();
  let number = 0;
  for (; ; number++) {
    const found = await stat(join(folder, nameOf(number))).catch(undefinedIfMissing);
    // Ours has been removed since: the oldest that is left came after it.
    if (!found || found.ino === ino) break;
  }
  if (number === 0) return undefined;
  const next = await openIfThere(folder, number - 1);
  return next && { handle: next, at: 0, end: (await next.stat()).size, newer: last.newer - 1 };
}

/** Tells whoever follows that there may be more to read; counted, so that nothing falls between a read and a wait. */
class News {
  count = 0;
  private hasEnded: boolean;
  private wake: () => void = () => undefined;
  private readonly watcher;

  constructor(container: Container) {
    this.hasEnded = !container.record.State.Running;
    this.watcher = watch(container.folder, (_event, name) => {
      if (name === null || name.startsWith(FILE)) this.tell();
    });
    void container.next('stopped').then(() => {
      this.hasEnded = true;
      this.tell();
    });
  }

  private tell(): void {
    this.count++;
    this.wake();
  }

  /** Resolves when there is something since `seen`; false when nothing can come any more. */
  async since(seen: number): Promise<boolean> {
    if (this.count > seen) return true;
    if (this.hasEnded) return false;
    await new Promise<void>((resolve) => (this.wake = resolve));
    return true;
  }

  close(): void {
    this.watcher.close();
  }
}
