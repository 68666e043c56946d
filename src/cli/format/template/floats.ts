/** Numbers with a point, as strconv.FormatFloat of Go writes them. */
import type { Flags } from './verbs.ts';

/** Undefined for a verb that is none of theirs. */
export function floatBy(verb: string, value: number, flags: Flags, precision: number | undefined): string | undefined {
  const text = unsigned(verb.toLowerCase(), Math.abs(value), precision);
  if (text === undefined || verb === 'V') return undefined;
  const isNegative = value < 0 || Object.is(value, -0);
  const written = verb === verb.toLowerCase() ? text : text.toUpperCase();
  return (isNegative ? '-' : flags.plus ? '+' : flags.space ? ' ' : '') + written;
}

function unsigned(verb: string, value: number, precision: number | undefined): string | undefined {
  if (!'fegv'.includes(verb)) return undefined;
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : 'Inf';
  if (verb === 'f') return fixed(value, precision ?? 6);
  if (verb === 'e') return scientific(significant(value, (precision ?? 6) + 1), (precision ?? 6) + 1);
  return general(value, precision);
}

/** The shortest that is the same number; very small and big ones with an exponent. */
function general(value: number, precision: number | undefined): string {
  const most = precision === undefined ? 6 : Math.max(precision, 1);
  const all = precision === undefined ? shortest(value) : significant(value, most);
  const { exponent } = all;
  const digits = all.digits.replace(/(?<=.)0+$/, '');
  if (exponent < -4 || exponent >= most) return scientific({ digits, exponent }, digits.length);
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  return pointed(digits.padEnd(exponent + 1, '0'), exponent + 1);
}

/** The digits, and the power of ten of the first. */
interface Scientific {
  readonly digits: string;
  readonly exponent: number;
}

function shortest(value: number): Scientific {
  const [digits = '', exponent] = value.toExponential().split('e');
  return { digits: digits.replace('.', ''), exponent: Number(exponent) };
}

/** Rounded to so many digits; there may be fewer. */
function significant(value: number, most: number): Scientific {
  const { digits, scale } = exactly(value);
  const dropped = Math.max(0, String(digits).length - most);
  const rounded = String(roundedBy(digits, dropped));
  return { digits: rounded.slice(0, most), exponent: rounded.length - 1 + dropped - scale };
}

/** Go's exponents have two digits. */
function scientific({ digits, exponent }: Scientific, count: number): string {
  const power = String(Math.abs(exponent)).padStart(2, '0');
  return `${pointed(digits.padEnd(count, '0'), 1)}e${exponent < 0 ? '-' : '+'}${power}`;
}

function fixed(value: number, places: number): string {
  const { digits, scale } = exactly(value);
  const kept = Math.min(places, scale);
  const text = String(roundedBy(digits, scale - kept)).padStart(kept + 1, '0');
  return pointed(text.padEnd(text.length + places - kept, '0'), text.length - kept);
}

const pointed = (digits: string, before: number): string =>
  digits.length > before ? `${digits.slice(0, before)}.${digits.slice(before)}` : digits;

/** Without so many of the last digits; a half becomes even. */
function roundedBy(digits: bigint, dropped: number): bigint {
  const unit = 10n ** BigInt(dropped);
  const [whole, rest] = [digits / unit, (digits % unit) * 2n];
  return rest > unit || (rest === unit && whole % 2n === 1n) ? whole + 1n : whole;
}

/** A float64 is a whole number times a power of two, so it ends: it is these digits divided by 10^scale. */
function exactly(value: number): { digits: bigint; scale: number } {
  let [whole, halvings] = [value, 0];
  for (; !Number.isInteger(whole); whole *= 2) halvings++;
  return { digits: BigInt(whole) * 5n ** BigInt(halvings), scale: halvings };
}
