/**
 * A connection that stops being HTTP: attach and exec have what a terminal says in both directions on it.
 *
 *     client                                       engine
 *       POST …/attach, Upgrade: tcp ──────────▶
 *                       ◀── 101, then raw bytes ──
 *       bytes for the program ────────────────▶
 *       FIN: no more input ───────────────────▶     the program's input ends; its output goes on
 *                       ◀── FIN: the end of the output
 *
 * The client's FIN is often the first thing that it sends (`docker run` without -i), so it must not end the connection.
 * Who does not ask for an upgrade gets a 200 and the same bytes: what they can send is the body of their request.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { drained } from '../drained.ts';
import type { Reply } from './api.ts';

/** Both directions of a hijacked connection. */
export interface Wire {
  /** Ends with the client's FIN. */
  readonly input: Readable;
  /** Resolves when more may come, or when nobody is there any more. */
  write(bytes: Uint8Array): Promise<void>;
  /** Aborted when the client is gone altogether. */
  readonly gone: AbortSignal;
}

const RAW = 'application/vnd.docker.raw-stream';

/** Answers, and then lets `talk` have the connection; its end is the end of the output. */
export function hijack(talk: (wire: Wire) => Promise<void>): Reply {
  return async (response, request) => {
    const output = isUpgrade(request) ? switched(request.socket) : answered(response);
    const leaving = new AbortController();
    output.on('error', () => undefined); // a client that resets is gone, and `close` says so
    output.once('close', () => leaving.abort());
    if (output.destroyed) leaving.abort();
    const wire: Wire = {
      input: isUpgrade(request) ? request.socket : request,
      gone: leaving.signal,
      write: async (bytes) => {
        if (leaving.signal.aborted || output.write(bytes)) return;
        await drained(output);
      },
    };
    try {
      await talk(wire);
    } finally {
      output.end();
    }
  };
}

export const isUpgrade = ({ headers }: IncomingMessage): boolean =>
  /\bupgrade\b/i.test(headers.connection ?? '') && headers.upgrade !== undefined;

function switched(socket: Socket): Writable {
  socket.write(`HTTP/1.1 101 UPGRADED\r\nContent-Type: ${RAW}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`);
  return socket;
}

/** Without a length and without chunks: the end of the connection is the end of the body. */
function answered(response: ServerResponse): Writable {
  response.shouldKeepAlive = false;
  response.useChunkedEncodingByDefault = false;
  response.writeHead(200, { 'Content-Type': RAW });
  response.flushHeaders();
  return response;
}
