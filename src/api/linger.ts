/**
 * A no to somebody who still sends (an archive for a container that is not there).
 *
 * To close now would reset the connection, and a client that fails to write may never read: Go's net/http then says "broken
 * pipe" in place of our sentence. So the answer goes out whole, the rest is read and thrown away, and only then we close.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { jsonBody } from './reply.ts';

/** How long somebody is listened to who has been told no, in milliseconds. */
export interface Patience {
  /** Whoever says nothing more for so long has read, or never will. */
  readonly silence: number;
  /** And whoever never stops is not waited for. */
  readonly longest: number;
}

const usual: Patience = { silence: 1000, longest: 30_000 };

const left = new WeakSet<object>();

/** Whether a connection was told that it ends: what else is asked on it is nobody's to answer (RFC 9112, 9.6). */
export const isLeft = ({ socket }: IncomingMessage): boolean => left.has(socket);

/** Resolves when the client has said everything, has left, or says nothing more. */
export async function answerInTheMidst(
  value: unknown,
  status: number,
  request: IncomingMessage,
  response: ServerResponse,
  patience = usual,
): Promise<void> {
  left.add(request.socket);
  response.setHeader('Connection', 'close');
  response.write(jsonBody(response, value, status));
  await rest(request, patience);
  response.end();
}

function rest(request: IncomingMessage, { silence, longest }: Patience): Promise<void> {
  if (request.destroyed || request.readableEnded) return Promise.resolve();
  return new Promise((resolve) => {
    const through = (): void => {
      clearTimeout(timer);
      clearTimeout(end);
      resolve();
    };
    const timer = setTimeout(through, silence);
    const end = setTimeout(through, longest);
    request
      .on('data', () => timer.refresh())
      .once('close', through)
      .once('end', through);
    request.resume();
  });
}
