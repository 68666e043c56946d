/** Strings and characters as Go's source has them (strconv). */

const escapes: Readonly<Record<string, string>> = {
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
  ...{ '\\': '\\', "'": "'", '"': '"' },
};
const names = new Map(Object.entries(escapes).map(([name, sign]) => [sign, name]));

/** `"…"` as `%q` writes it. */
export const quoted = (text: string): string => `"${escaped(text, '"')}"`;

/** `'a'`. */
export const quotedCharacter = (code: number): string => `'${escaped(String.fromCodePoint(code), "'")}'`;

function escaped(text: string, quote: string): string {
  return [...text].map((sign) => escapedSign(sign, quote)).join('');
}

function escapedSign(sign: string, quote: string): string {
  if (sign === quote || sign === '\\') return `\\${sign}`;
  if (isPrinted(sign)) return sign;
  if (names.has(sign)) return `\\${names.get(sign)}`;
  const code = sign.codePointAt(0)!;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** Letters, marks, numbers, signs, and the blank (unicode.IsPrint). */
export const isPrinted = (sign: string): boolean => /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(sign);

/** Halves of UTF-16 pairs are no characters. */
const isCharacter = (code: number): boolean => code < 0xd800 || (code > 0xdfff && code <= 0x10ffff);

/** What stands between the quotes of a constant. Undefined if it is none of Go's. */
export function unquoted(written: string): string | undefined {
  const [quote, inner] = [written[0]!, written.slice(1, -1)];
  if (quote === '`') return inner.replaceAll('\r', '');
  const bytes: Buffer[] = [];
  const piece = /\\(?:([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([abfnrtv\\'"]))|([^\\])/suy;
  while (piece.lastIndex < inner.length) {
    const match = piece.exec(inner);
    if (!match) return undefined;
    const [, octal, hex, short, long, name, sign] = match;
    if ((name === "'" || name === '"') && name !== quote) return undefined;
    const byte = octal ? parseInt(octal, 8) : hex ? parseInt(hex, 16) : undefined;
    const code = short ?? long;
    if ((byte ?? 0) > 0xff || (code && !isCharacter(parseInt(code, 16)))) return undefined;
    if (byte !== undefined) bytes.push(Buffer.from([byte]));
    else bytes.push(Buffer.from(code ? String.fromCodePoint(parseInt(code, 16)) : name ? escapes[name]! : sign!));
  }
  return Buffer.concat(bytes).toString();
}
