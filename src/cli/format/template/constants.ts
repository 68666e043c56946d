/** Numbers and characters of a template (parse.NumberNode of Go). What is wrong is a sentence. */
import { unquoted } from './quote.ts';
import { Float } from './values.ts';

const integer = /^[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0(?:_?[0-7])*|[1-9](?:_?[0-9])*)$/;
/** Digits, between which a low line may stand. */
const digits = String.raw`\d(?:_?\d)*`;
const decimal = new RegExp(String.raw`^[+-]?(?:${digits}\.?(?:${digits})?|\.${digits})(?:[eE][+-]?${digits})?$`);
const largest = 2n ** 63n;

type Read = { readonly value: unknown } | { readonly wrong: string };

/** `5`, `0x1f`, `1_000`: a number of Go's int; `1.0`, `1e3`: a float64. */
export function readNumber(text: string): Read {
  if (integer.test(text)) {
    // JavaScript knows octal numbers by `0o` alone.
    const plain = text
      .replace(/^[+-]/, '')
      .replaceAll('_', '')
      .replace(/^0(?=[0-7])/, '0o');
    const value = text.startsWith('-') ? -BigInt(plain) : BigInt(plain);
    if (value >= largest || value < -largest) return { wrong: `integer overflow: "${text}"` };
    return { value: Number.isSafeInteger(Number(value)) ? Number(value) : value };
  }
  if (/^[+-]?0\d+$/.test(text)) return { wrong: `integer overflow: "${text}"` };
  const value = decimal.test(text) ? Number(text.replaceAll('_', '')) : NaN;
  if (Number.isFinite(value)) return { value: new Float(value) };
  return { wrong: `illegal number syntax: "${text}"` };
}

/** `'a'` is the number of the character. */
export function readCharacter(text: string): Read {
  const signs = [...(unquoted(text) ?? '')];
  if (signs.length === 0) return { wrong: 'invalid syntax' };
  return signs.length === 1 ? { value: signs[0]!.codePointAt(0)! } : { wrong: `malformed character constant: ${text}` };
}
