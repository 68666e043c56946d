/**
 * Questions to a name server and their answers, as far as we give them ourselves: RFC 1035, section 4.
 *
 *     id  flags  counts of questions, answers, authorities, additions     12 bytes
 *     question   name as labels (length, bytes; a zero ends it), type, class
 *     answer     name (here always c0 0c: the one in the question), type, class, seconds, length, data
 */
import { bytesOf } from '../link/ipv6.ts';

export const types = { A: 1, PTR: 12, AAAA: 28 } as const;
export const codes = { fine: 0, format: 1, failed: 2, noSuchName: 3 } as const;

const HEADER = 12;
const INTERNET = 1;
const SECONDS = 600;
const SAME_NAME = 0xc00c;

const RESPONSE = 0x8000;
const TRUNCATED = 0x0200;
const RECURSION_ASKED = 0x0100;
const RECURSION_HERE = 0x0080;

export interface Question {
  /** In small letters, without the dot at the end. */
  readonly name: string;
  readonly type: number;
  /** Where the question ends in the message. */
  readonly end: number;
}

/** The question of a message; undefined for one that is no question of the Internet's, or has not exactly one. */
export function questionIn(message: Buffer): Question | undefined {
  if (message.length < HEADER + 5 || message.readUInt16BE(2) & RESPONSE || message.readUInt16BE(4) !== 1)
    return undefined;
  const labels: string[] = [];
  let at = HEADER;
  for (let length = message[at]!; length !== 0; length = message[at]!) {
    // The two high bits would point elsewhere, which a question has no need of.
    if (length > 63 || at + 1 + length >= message.length) return undefined;
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  if (at + 5 > message.length || message.readUInt16BE(at + 3) !== INTERNET) return undefined;
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
}

/** The answer with these addresses or names; those that do not fit into `room` are left out, and the answer says so. */
export function answerTo(message: Buffer, { type, end }: Question, data: readonly string[], room: number): Buffer {
  const records = data.map((text) => record(type, dataOf(type, text)));
  let size = end;
  const fitting = records.filter((bytes) => (size += bytes.length) <= room);
  const cut = fitting.length < records.length ? TRUNCATED : 0;
  return Buffer.concat([head(message, end, codes.fine | cut, fitting.length), ...fitting]);
}

/** An answer without data: a code of `codes`. */
export function refusalTo(message: Buffer, code: number): Buffer {
  return head(message, questionIn(message)?.end ?? HEADER, code, 0);
}

/** Header and question of an answer. */
function head(message: Buffer, end: number, flags: number, answers: number): Buffer {
  const bytes = Buffer.from(message.subarray(0, end));
  const asked = bytes.readUInt16BE(2) & RECURSION_ASKED;
  bytes.writeUInt16BE(RESPONSE | asked | RECURSION_HERE | flags, 2);
  bytes.writeUInt16BE(end > HEADER ? 1 : 0, 4);
  bytes.writeUInt16BE(answers, 6);
  bytes.writeUInt32BE(0, 8);
  return bytes;
}

function record(type: number, data: Buffer): Buffer {
  const bytes = Buffer.alloc(HEADER);
  bytes.writeUInt16BE(SAME_NAME, 0);
  bytes.writeUInt16BE(type, 2);
  bytes.writeUInt16BE(INTERNET, 4);
  bytes.writeUInt32BE(SECONDS, 6);
  bytes.writeUInt16BE(data.length, 10);
  return Buffer.concat([bytes, data]);
}

function dataOf(type: number, text: string): Buffer {
  if (type === types.A) return Buffer.from(text.split('.').map(Number));
  if (type === types.AAAA) return bytesOf(text);
  const labels = text.split('.').map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1'));
  return Buffer.concat([...labels, Buffer.alloc(1)]);
}
