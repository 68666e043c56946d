/**
 * Numbers of JSON as they are written. JSON.parse would round the long ones, so it is given strings in their place, with a mark
 * before them that nobody who writes the JSON can know.
 */
import { randomUUID } from 'node:crypto';

const mark = `${randomUUID()}:`;
const number = /-?\d[\d.eE+-]*/g;
const alone = /^-?\d[\d.eE+-]*$/;

/** The JSON with a string for each number that is meant. Text within strings stays as it is. */
export function marked(text: string, isMeant: (digits: string) => boolean): string {
  const form = (digits: string): string => (isMeant(digits) ? JSON.stringify(mark + digits) : digits);
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    const string = text.indexOf('"', at);
    const end = string < 0 ? text.length : string;
    pieces.push(text.slice(at, end).replace(number, form));
    at = string < 0 ? end : endOfString(text, string);
    pieces.push(text.slice(end, at));
  }
  return pieces.join('');
}

/** The digits behind a mark, if that is what the value is. */
export function markedNumber(value: unknown): string | undefined {
  if (typeof value !== 'string' || !value.startsWith(mark)) return undefined;
  const digits = value.slice(mark.length);
  return alone.test(digits) ? digits : undefined;
}

/** Behind its closing quote. A loop: one expression for a whole string of some megabytes is too much for its stack. */
function endOfString(text: string, start: number): number {
  const sign = /["\\]/g;
  sign.lastIndex = start + 1;
  for (let found = sign.exec(text); found; found = sign.exec(text)) {
    if (found[0] === '"') return sign.lastIndex;
    sign.lastIndex++;
  }
  return text.length;
}
