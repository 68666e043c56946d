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
    return parsed(exchanged(socketPath, `GET ${path} HTTP/1.0\r\nHost: ${host}\r\n\r\n`));
  } catch {
    return undefined; // node:http will meet the same, and say it.
  }
}

function exchanged(socketPath: string, question: string): Buffer {
  const socket = native.connectUnix(socketPath);
  try {
    writeSync(socket, question);
    return received(socket);
  } finally {
    closeSync(socket);
  }
}

const PIECE = 64 * 1024;
const HEAD_END = '\r\n\r\n';

function piece(socket: number): Buffer {
  const bytes = Buffer.allocUnsafe(PIECE);
  return bytes.subarray(0, readSync(socket, bytes));
}

/** Up to the length that the head tells, or to the end: a proxy may keep the connection, whatever it was asked in. */
function received(socket: number): Buffer {
  let start = piece(socket);
  while (!start.includes(HEAD_END)) {
    const more = piece(socket);
    if (more.length === 0) return start;
    start = Buffer.concat([start, more]);
  }
  if (isInPieces(start)) return start; // its end is told in the body: not for us
  const pieces = [start];
  for (let missing = lengthOf(start) - start.length; missing > 0;) {
    const more = piece(socket);
    if (more.length === 0) break;
    pieces.push(more);
    missing -= more.length;
  }
  return Buffer.concat(pieces);
}

const bodyAt = (answer: Buffer): number => answer.indexOf(HEAD_END) + HEAD_END.length;

const isInPieces = (answer: Buffer): boolean =>
  /^transfer-encoding:/im.test(answer.toString('latin1', 0, bodyAt(answer)));

/** Of the whole answer, if its head tells; else it goes on to the end. */
function lengthOf(answer: Buffer): number {
  const [, length] = /^content-length: *(\d+) *\r?$/im.exec(answer.toString('latin1', 0, bodyAt(answer))) ?? [];
  return length === undefined ? Infinity : bodyAt(answer) + Number(length);
}

function parsed(answer: Buffer): WholeAnswer | undefined {
  if (!answer.includes(HEAD_END)) return undefined;
  const head = answer.toString('latin1', 0, bodyAt(answer));
  const [, status, statusMessage = ''] = /^HTTP\/1\.[01] ([2-5]\d\d) ?([^\r\n]*)/.exec(head) ?? [];
  const isWhole = [Infinity, answer.length].includes(lengthOf(answer));
  if (status === undefined || !isWhole || isInPieces(answer)) return undefined;
  const whole = { statusCode: Number(status), statusMessage, body: answer.subarray(bodyAt(answer)).toString() };
  return isOfOurWay(whole) ? undefined : whole;
}

/** Whether it may be HTTP/1.0 that was refused, by a proxy (RFC 9110, 15.5.22 and 15.6.6), and not what was asked. */
const isOfOurWay = ({ statusCode, body }: WholeAnswer): boolean =>
  [426, 505].includes(statusCode) || (statusCode === 400 && !body.startsWith('{'));
