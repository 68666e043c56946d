/** Numbers and characters of a template (parse.NumberNode of Go). What is wrong is a sentence. */
import { unquoted } from './quote.ts';
import { Float } from './values.ts';

const integer = /^[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])*|[1-9](?:_?[0-9])*)$/;
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const largest = 2n ** 63n;

type Read = { readonly value: unknown } | { readonly wrong: string };

/** `5`, `0x1f`, `1_000`: a number of Go's int; `1.0`, `1e3`: a float64. */
export function numberOf(text: string): Read {
  const digits = text.replace(/^[+-]/, '');
  if (integer.test(text)) {
    // JavaScript knows octal numbers by `0o` alone.
    const plain = digits.replaceAll('_', '').replace(/^0(?=[0-7])/, '0o');
    const value = text.startsWith('-') ? -BigInt(plain) : BigInt(plain);
    if (value >= largest || value < -largest) return { wrong: `integer overflow: "${text}"` };
    return { value: Number.isSafeInteger(Number(value)) ? Number(value) : value };
  }
  if (/^[+-]?0\d+$/.test(text)) return { wrong: `integer overflow: "${text}"` };
  if (decimal.test(text)) return { value: new Float(Number(text)) };
  return { wrong: `illegal number syntax: "${text}"` };
}

/** `'a'` is the number of the character. */
export function characterOf(text: string): Read {
  const signs = [...(unquoted(text) ?? '')];
  if (signs.length === 0) return { wrong: 'invalid syntax' };
  return signs.length === 1 ? { value: signs[0]!.codePointAt(0)! } : { wrong: `malformed character constant: ${text}` };
}
