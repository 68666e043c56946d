/**
 * The kinds of answers. Each function here gives a `Reply`, which writes one.
 *
 * When is what flushed? An answer with a length goes out whole. A stream's header goes out before anything has happened
 * where the client waits for it: `/wait` and `/events` have subscribed when their header arrives, and `docker run` starts
 * the container only then. A progress stream's header waits for its first line, so that what goes wrong before is an
 * error with a status. Lines go out one by one.
 */
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { drained } from '../drained.ts';
import type { Reply } from './api.ts';
import { bodyOf } from './failure.ts';
import { untilGone, whileThere } from './gone.ts';

export function json(value: unknown, status = 200): Reply {
  return (response) => void response.end(jsonBody(response, value, status));
}

/** Sends the head of an answer that is this value; its body, which is still to be sent. */
export function jsonBody(response: ServerResponse, value: unknown, status: number): Buffer {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length });
  return body;
}

export const created = (value: unknown): Reply => json(value, 201);

/** Nothing to say but that it is done. */
export function empty(status = 204, headers: Readonly<Record<string, string>> = {}): Reply {
  return (response) => {
    // 204 and 304 have no body; of others a client waits for one until it is told that there is none.
    response.writeHead(status, { ...headers, ...(status !== 204 && status !== 304 && { 'Content-Length': 0 }) });
    response.end();
  };
}

export function text(body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return (response) => {
    response.writeHead(200, {
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
      ...headers,
    });
    response.end(body);
  };
}

/** An archive, or another body whose length nobody knows. What fails in the middle cuts it off, and so it shows. */
export function bytes(
  source: AsyncIterable<Uint8Array>,
  type: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return async (response, request) => {
    response.writeHead(200, { 'Content-Type': type, ...headers });
    if (request.method === 'HEAD') return void response.end();
    await pipeline(Readable.from(source, { objectMode: false }), response);
  };
}

/** Tells a line. Where the client does not read, the answer resolves when it does: whoever has much to tell waits for it. */
export type Tell = (line: object) => PromiseLike<void> | undefined;

/** One JSON value for each line, of an operation that tells as it goes on. */
export function progress(run: (tell: Tell) => Promise<void>): Reply {
  return async (response) => {
    response.setHeader('Content-Type', 'application/json');
    try {
      await run(teller(response));
    } catch (error) {
      if (!response.headersSent) throw error;
      const { message, hint } = bodyOf(error);
      // A program of a build that has failed: `docker build` ends with its code.
      const { exitCode: code, told } = error as { exitCode?: number; told?: object };
      const line = { errorDetail: { ...(code && { code }), message }, error: message, hint, ...told };
      response.write(`${JSON.stringify(line)}\n`);
    }
    response.end();
  };
}

function teller(response: ServerResponse): Tell {
  let room: Promise<void> | undefined;
  return (line) => {
    // Each bar is out of date with the next one, and nobody waits for who shows them.
    if (room && 'progressDetail' in line) return room;
    if (!response.write(`${JSON.stringify(line)}\n`)) room ??= drained(response).then(() => (room = undefined));
    return room;
  };
}

/** One JSON value for each line, for as long as there are any and somebody reads; the header goes out at once. */
export function lines(source: AsyncIterable<object>, gone: AbortSignal, type?: string): Reply {
  return chunks(asLines(whileThere(source, gone)), gone, type);
}

async function* asLines(source: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const line of source) yield `${JSON.stringify(line)}\n`;
}

/** Pieces that go out as they come; the header goes out at once. */
export function chunks(source: AsyncIterable<string | Uint8Array>, gone: AbortSignal, type?: string): Reply {
  return async (response) => {
    if (type !== undefined) response.setHeader('Content-Type', type);
    response.flushHeaders();
    for await (const chunk of whileThere(source, gone)) await write(response, chunk);
    response.end();
  };
}

/** A value that comes later; the header goes out at once. */
export function later(value: Promise<unknown>, gone: AbortSignal): Reply {
  return async (response) => {
    response.setHeader('Content-Type', 'application/json');
    response.flushHeaders();
    const found = await Promise.race([value, untilGone(gone)]);
    response.end(`${JSON.stringify(found)}\n`);
  };
}

/** Waits where the client does not read: a slow one costs itself time, and the engine no memory. */
async function write(response: ServerResponse, chunk: string | Uint8Array): Promise<void> {
  if (!response.write(chunk)) await drained(response);
}
