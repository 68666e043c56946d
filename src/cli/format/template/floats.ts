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
  switch (verb) {
    case 'f':
      return value.toFixed(precision ?? 6);
    case 'e':
      return withExponent(value.toExponential(precision ?? 6));
    case 'g':
    case 'v':
      return general(value, precision);
    default:
      return undefined;
  }
}

/** The shortest that is the same number; very small and big ones with an exponent. */
function general(value: number, precision: number | undefined): string {
  const shortest = value.toExponential(precision === undefined ? undefined : Math.max(precision, 1) - 1);
  const [digits = '', exponent = '0'] = shortest.split('e');
  const bare = digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
  const length = bare.replace('.', '').length;
  const most = precision === undefined ? 6 : Math.max(precision, 1);
  if (Number(exponent) < -4 || Number(exponent) >= most) return withExponent(`${bare}e${exponent}`);
  return Number(`${bare}e${exponent}`).toFixed(Math.max(0, length - 1 - Number(exponent)));
}

/** Go's exponents have two digits. */
const withExponent = (text: string): string =>
  text.replace(/e([-+]?)(\d)$/, (_, sign, digit) => `e${sign || '+'}0${digit}`);
