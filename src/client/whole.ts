/**
 * A short question to an engine on this machine, answered as a whole: `ps`, `images`, `inspect`.
 *
 * node:http is made for connections that last, and takes longer to load than an engine to answer. One question needs
 * less: HTTP/1.0 (RFC 1945), where the end of the connection is the end of the answer, on a socket that is waited for.
 *
 *     GET /v1.41/containers/json HTTP/1.0      ──▶
 *                                              ◀──   HTTP/1.1 200 OK, a head, the body, the end
 *
 * Nobody there, an answer cut short, one that is not understood, a proxy that wants HTTP/1.1: all these are told by asking
 * once more, over node:http, which has a sentence for each. So only what asking does not change may be asked here.
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
    return exchanged(socketPath, `GET ${path} HTTP/1.0\r\nHost: ${host}\r\n\r\n`);
  } catch {
    return undefined; // node:http will meet the same, and say it.
  }
}

function exchanged(socketPath: string, question: string): WholeAnswer | undefined {
  const socket = native.connectUnix(socketPath);
  try {
    writeSync(socket, question);
    return received(socket);
  } finally {
    closeSync(socket);
  }
}

interface Head {
  readonly status: number;
  readonly message: string;
  /** Where the body begins. */
  readonly end: number;
  /** Of the body; undefined: it goes on to the end of the connection. */
  readonly length?: number;
  /** Its end is told in the body: not for us. */
  readonly isInPieces: boolean;
}

/** Up to the length that the head tells, or to the end: a proxy may keep the connection, whatever it was asked in. */
function received(socket: number): WholeAnswer | undefined {
  const start = upToHead(socket);
  const head = headOf(start);
  if (!head || head.isInPieces) return undefined;
  const pieces = [start.subarray(head.end)];
  const { length = Infinity } = head;
  let count = pieces[0]!.length;
  while (count < length) {
    const more = piece(socket);
    if (more.length === 0) break;
    pieces.push(more);
    count += more.length;
  }
  if (head.length !== undefined && count !== head.length) return undefined;
  const whole = { statusCode: head.status, statusMessage: head.message, body: Buffer.concat(pieces).toString() };
  return isOfOurWay(whole) ? undefined : whole;
}

const PIECE = 64 * 1024;
const HEAD_END = '\r\n\r\n';

function piece(socket: number): Buffer {
  const bytes = Buffer.allocUnsafe(PIECE);
  return bytes.subarray(0, readSync(socket, bytes));
}

/** The head, and what came with it of the body. */
function upToHead(socket: number): Buffer {
  let start = piece(socket);
  while (!start.includes(HEAD_END)) {
    const more = piece(socket);
    if (more.length === 0) break;
    start = Buffer.concat([start, more]);
  }
  return start;
}

function headOf(answer: Buffer): Head | undefined {
  const end = answer.indexOf(HEAD_END) + HEAD_END.length;
  const head = answer.toString('latin1', 0, end);
  const [, status, message = ''] = /^HTTP\/1\.[01] ([2-5]\d\d) ?([^\r\n]*)/.exec(head) ?? [];
  if (status === undefined || !head.endsWith(HEAD_END)) return undefined;
  const [, length] = /^content-length: *(\d+) *\r?$/im.exec(head) ?? [];
  return {
    ...{ status: Number(status), message, end, isInPieces: /^transfer-encoding:/im.test(head) },
    ...(length !== undefined && { length: Number(length) }),
  };
}

/** Whether it may be HTTP/1.0 that was refused, by a proxy (RFC 9110, 15.5.22 and 15.6.6), and not what was asked. */
const isOfOurWay = ({ statusCode, body }: WholeAnswer): boolean =>
  [426, 505].includes(statusCode) || (statusCode === 400 && !body.startsWith('{'));
