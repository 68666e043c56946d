/**
 * Blobs of a repository, and lines that break while they come.
 *
 *     GET …/blobs/sha256:…                          200, and the line breaks after 700 of 1000 bytes
 *     GET …/blobs/sha256:…   Range: bytes=700-      206, Content-Range: bytes 700-999/1000
 *
 * The reader sees one stream. A server may ignore the range and begin anew (200): then what is here already is read over,
 * not handed on twice. It may also answer with another part than was asked for: then that is an error, because the
 * pieces would be joined in the wrong place, and the digest would tell only at the end.
 *
 * A stall is a cut that does not say so; the time limit of the transport makes it one. Each attempt that brings something
 * begins the counting of failures anew, so that a bad line is slow and not an end.
 */
import { Readable } from 'node:stream';
import type { Descriptor } from '../content/descriptor.ts';
import { told, type Answer, type Ask } from './ask.ts';
import { discard } from './body.ts';
import { lineFailure, Passing } from './failure.ts';
import { refusal } from './refusal.ts';
import type { FetchOptions } from './registry.ts';
import { pause, type Patience } from './retry.ts';
import type { Server } from './send.ts';
import { repositoryScope } from './token.ts';
import { mismatch, verified } from './verify.ts';

/** Less than this between two cuts is no progress: a server that sends one byte a line would never end. */
const PROGRESS = 16 * 1024;

/** Who has it. */
export interface Source {
  server(): Promise<Server>;
}

/** Whom to ask first, and whom after somebody has failed: the same again if there is nobody else. */
export type NextSource = (failed?: Source) => Source;

export function fetchBlob(
  next: NextSource,
  path: string,
  blob: Descriptor,
  options: FetchOptions,
  patience: Patience,
): Readable {
  const { offset = 0, isCheckedElsewhere = offset > 0 } = options;
  const pieces = withoutCuts(next, path, blob, { ...options, offset }, patience);
  return Readable.from(isCheckedElsewhere ? pieces : verified(pieces, blob), {
    objectMode: false,
    highWaterMark: 256 * 1024,
  });
}

async function* withoutCuts(
  next: NextSource,
  path: string,
  blob: Descriptor,
  { offset: from = 0, signal, onRetry }: FetchOptions,
  patience: Patience,
): AsyncGenerator<Buffer, void, undefined> {
  let [at, failures, mark] = [from, 0, from];
  let source = next();
  while (at < blob.size)
    try {
      for await (const piece of piecesFrom(await source.server(), path, blob, at, signal)) {
        if (at + piece.length > blob.size)
          throw mismatch(blob, `more than the ${blob.size} bytes come that were promised`);
        at += piece.length;
        yield piece;
      }
    } catch (error) {
      signal?.throwIfAborted();
      const other = next(source);
      if (at - mark >= PROGRESS) failures = 0;
      if (other === source) await pause(error, ++failures, patience, signal);
      [source, mark] = [other, at];
      onRetry?.(at, error as Error);
    }
}

/** What one line brings, from an offset to its end. Throws Passing if that is not the blob's end. */
async function* piecesFrom(
  server: Server,
  path: string,
  blob: Descriptor,
  offset: number,
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const ask = blobAsk(server, 'GET', path, blob, signal);
  const headers = offset > 0 ? { range: `bytes=${offset}-` } : undefined;
  const answer = await server.ask({ ...ask, headers });
  let at = await beginning(ask, answer, blob, offset);
  const broken = (why: string): Passing => new Passing(`${told(ask, why).message} after ${at} of ${blob.size} bytes`);
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      const known = Math.min(Math.max(offset - at, 0), chunk.length);
      at += chunk.length;
      if (known < chunk.length) yield known > 0 ? chunk.subarray(known) : chunk;
    }
  } catch (error) {
    const failure = lineFailure(error, 'line');
    throw failure instanceof Passing ? broken('the line broke') : failure;
  }
  if (at < blob.size) throw broken('the answer ended');
}

/** Where the answer begins. Throws if it cannot be what was asked for. */
async function beginning(ask: Ask, answer: Answer, blob: Descriptor, offset: number): Promise<number> {
  const { status, header } = answer;
  const lengthText = header('content-length');
  const length = lengthText === undefined ? undefined : Number(lengthText);
  if (status === 206 && offset > 0) {
    const [, first, , total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header('content-range') ?? '') ?? [];
    if (Number(first) === offset && (total === '*' || Number(total) === blob.size)) return offset;
    await discard(answer.body);
    throw told(ask, `bytes from ${offset} on were asked for, and '${header('content-range') ?? 'nothing'}' came`);
  }
  if (status !== 200) throw await refusal(ask, answer);
  if (length === undefined || length === blob.size) return 0;
  answer.body.destroy();
  throw mismatch(blob, `${blob.size} bytes were promised, and the registry has ${length}`);
}

/** Whether the repository has it. */
export async function hasBlob(
  server: Server,
  path: string,
  blob: Descriptor,
  scopes?: readonly string[],
): Promise<boolean> {
  const ask = { ...blobAsk(server, 'HEAD', path, blob), ...(scopes && { scopes }) };
  const answer = await server.ask(ask);
  await discard(answer.body);
  if (answer.status === 200) return true;
  if (answer.status === 404) return false;
  throw await refusal(ask, answer);
}

function blobAsk(
  server: Server,
  method: 'GET' | 'HEAD',
  path: string,
  { digest }: Descriptor,
  signal?: AbortSignal,
): Ask {
  return { method, url: server.at(`/v2/${path}/blobs/${digest}`), scopes: [repositoryScope(path, 'pull')], signal };
}
