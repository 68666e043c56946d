/**
 * The body of a request, in one of two ways: as a checked JSON value, or as a stream of bytes (archives).
 *
 * A value is bounded before it is held in memory: whoever may speak to the engine may do everything, but should not be
 * able to end it by mistake. A body that is longer is refused, never cut: what was cut off might have been the part that
 * forbids something (CVE-2024-41110).
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type * as v from 'valibot';
import { DrydockError } from '../errors.ts';
import { readUpTo } from '../read-up-to.ts';
import { parseDocument, validate, type Complaint } from '../validation.ts';

/** Longer than every container that somebody has described by hand. */
const MAX_JSON = 4 * 1024 * 1024;

/** JSON of a request, as the schema has it. `undefined` where there is no body. Throws API_INVALID or API_TOO_LARGE. */
export async function readJson<S extends v.GenericSchema>(
  request: IncomingMessage,
  bytes: AsyncIterable<Uint8Array>,
  schema: S,
): Promise<v.InferOutput<S> | undefined> {
  const text = (await all(bytes)).toString();
  if (text.trim() === '') return undefined;
  const where = `the body of ${request.method} ${request.url?.split('?')[0]}`;
  checkType(request, where);
  const complaint: Complaint = { code: 'API_INVALID', hint: 'the fields are those of Docker’s API, version 1.41' };
  return validate(schema, parseDocument(text, where, complaint), where, complaint);
}

/** A page in a browser may send text to strangers unasked, but not this. */
function checkType({ headers }: IncomingMessage, where: string): void {
  const type = headers['content-type'] ?? '';
  if (/^application\/json\b/i.test(type)) return;
  throw new DrydockError('API_INVALID', `Content-Type specified (${type}) must be 'application/json'`, {
    hint: `${where} is JSON, and has to say so`,
  });
}

async function all(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const read = await readUpTo(bytes, MAX_JSON);
  if (read) return read;
  throw new DrydockError('API_TOO_LARGE', `the body is longer than ${MAX_JSON} bytes`, {
    hint: 'a description of a container is some kilobytes long',
  });
}

/**
 * The body of an ordinary request. Whoever stops reading in the midst of it has an answer to give all the same: to destroy
 * the request, as a loop over it would, is to destroy the connection.
 */
export const bytesOf = (request: IncomingMessage): AsyncIterable<Uint8Array> =>
  request.iterator({ destroyOnReturn: false });

/**
 * The body of a request that asked for an upgrade. Node has parsed its header and nothing else: the next Content-Length
 * bytes on the connection are the body, and what comes after them is what the hijacked connection says.
 */
export async function* bodyOnSocket({ headers }: IncomingMessage, socket: Socket): AsyncGenerator<Buffer> {
  let left = Number(headers['content-length'] ?? 0);
  while (left > 0) {
    const chunk = (socket.read(Math.min(left, socket.readableLength)) ?? (await readable(socket))) as
      Buffer | undefined;
    if (chunk === undefined) return;
    left -= chunk.length;
    if (chunk.length > 0) yield chunk;
  }
}

/** An empty chunk when there is something to read, undefined when nothing comes any more. */
function readable(socket: Socket): Promise<Buffer | undefined> {
  if (socket.readableEnded || socket.destroyed) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const settle = (answer?: Buffer) => (): void => {
      socket.off('readable', more).off('end', end).off('close', end);
      resolve(answer);
    };
    const [more, end] = [settle(Buffer.alloc(0)), settle()];
    socket.on('readable', more).on('end', end).on('close', end);
  });
}
