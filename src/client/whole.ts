/**
 * A short question to an engine on this machine, answered as a whole: `ps`, `images`, `inspect`.
 *
 * node:http is made for connections that last, and takes longer to load than an engine to answer. One question needs
 * less: HTTP/1.0 (RFC 1945), where the end of the connection is the end of the answer, on a socket that is waited for.
 *
 *     GET /v1.41/containers/json HTTP/1.0      ──▶
 *                                              ◀──   HTTP/1.1 200 OK, a head, the body, the end
 *
 * Nobody there, an answer cut short, one that is not understood: all these are told by asking once more, over node:http,
 * which has a sentence for each. So only what asking does not change may be asked here.
 */
import { closeSync, readSync, writeSync } from 'node:fs';
import { native } from '../linux/native.ts';

export interface WholeAnswer {
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly body: string;
}

/** The answer to a GET; undefined when there is none that can be understood. Waits: nothing else happens meanwhile. */
export function wholeAnswer(socketPath: string, path: string, host: string): WholeAnswer | undefined {
  if (!/^[!-~]+$/.test(path)) return undefined; // no path for HTTP: node:http refuses it by name
  try {
    return parsed(exchanged(socketPath, `GET ${path} HTTP/1.0\r\nHost: ${host}\r\n\r\n`));
  } catch {
    return undefined; // node:http will meet the same, and say it.
  }
}

function exchanged(socketPath: string, question: string): Buffer {
  const socket = native.connectUnix(socketPath);
  try {
    writeSync(socket, question);
    return untilEnd(socket);
  } finally {
    closeSync(socket);
  }
}

const PIECE = 64 * 1024;

function untilEnd(socket: number): Buffer {
  const pieces: Buffer[] = [];
  for (;;) {
    const piece = Buffer.allocUnsafe(PIECE);
    const count = readSync(socket, piece);
    if (count === 0) return Buffer.concat(pieces);
    pieces.push(piece.subarray(0, count));
  }
}

function parsed(answer: Buffer): WholeAnswer | undefined {
  const end = answer.indexOf('\r\n\r\n');
  const head = answer.toString('latin1', 0, Math.max(end, 0));
  const [, status, statusMessage = ''] = /^HTTP\/1\.[01] ([2-5]\d\d) ?([^\r\n]*)/.exec(head) ?? [];
  const [, length] = /^content-length: *(\d+) *\r?$/im.exec(head) ?? [];
  const body = answer.subarray(end + 4);
  const isWhole = length === undefined || Number(length) === body.length;
  if (status === undefined || !isWhole || /^transfer-encoding:/im.test(head)) return undefined;
  return { statusCode: Number(status), statusMessage, body: body.toString() };
}
