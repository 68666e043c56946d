/** One value by one verb of fmt. */
import { floatBy } from './floats.ts';
import { quoted, quotedCharacter } from './quote.ts';
import { bytesOf, itemsOf, keysOf, kindOf, Nil, numberOf, shape, textOf, typeOf, type Fields } from './values.ts';

export interface Flags {
  readonly minus: boolean;
  readonly plus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
}

export interface Limits {
  readonly width: number;
  readonly precision: number | undefined;
}

export function formatted(
  verb: string,
  value: unknown,
  flags: Flags,
  limits: Limits = { width: 0, precision: undefined },
): string {
  if (verb === 'T') return padded(typeOf(value), flags, limits.width);
  switch (kindOf(value)) {
    case 'method':
      return `%!${verb}(${typeOf(value)})`;
    case 'list':
      return listBy(verb, value, flags, limits);
    case 'fields':
      return fieldsBy(verb, value as Fields, flags, limits);
    case 'nothing':
    case 'nil':
      return verb === 'v'
        ? padded('<nil>', flags, limits.width)
        : `%!${verb}(${kindOf(value) === 'nil' ? `${typeOf(value)}=` : ''}<nil>)`;
    default: {
      const text = basicBy(verb, value, flags, limits);
      return text ?? `%!${verb}(${typeOf(value)}=${formatted('v', value, { ...flags, sharp: false, plus: false })})`;
    }
  }
}

/** Undefined for a verb that does not fit the value. */
function basicBy(verb: string, value: unknown, flags: Flags, { width, precision }: Limits): string | undefined {
  switch (kindOf(value)) {
    case 'string': {
      const text = stringBy(verb, value, flags, precision);
      return text === undefined ? undefined : padded(text, flags, width);
    }
    case 'int': {
      const text = intBy(verb, BigInt(numberOf(value)), flags, precision);
      if (text === undefined) return undefined;
      const isNumber = !'cqU'.includes(verb) && precision === undefined;
      return isNumber ? paddedNumber(text, flags, width) : padded(text, { ...flags, zero: false }, width);
    }
    case 'float': {
      const text = floatBy(verb, Number(numberOf(value)), flags, precision);
      return text === undefined ? undefined : paddedNumber(text, flags, width);
    }
    default:
      return verb === 't' || verb === 'v' ? padded(String(value), flags, width) : undefined;
  }
}

function stringBy(verb: string, value: unknown, flags: Flags, precision: number | undefined): string | undefined {
  const text = precision === undefined ? textOf(value) : beginning(textOf(value), precision);
  if (verb === 's' || (verb === 'v' && !flags.sharp)) return text;
  if (verb === 'q' || verb === 'v') {
    if (flags.sharp && verb === 'q' && /^[^`\p{Cc}]*$/u.test(text.replaceAll('\t', ''))) return `\`${text}\``;
    return flags.plus ? asciiOnly(quoted(text)) : quoted(text);
  }
  if (verb !== 'x' && verb !== 'X') return undefined;
  const bytes = [...bytesOf(value).subarray(0, precision)].map((byte) => byte.toString(16).padStart(2, '0'));
  const before = flags.sharp && bytes.length > 0 ? '0x' : '';
  const hex = before + bytes.join(flags.space ? ` ${before}` : '');
  return verb === 'X' ? hex.toUpperCase() : hex;
}

/** So many characters; one has two units of UTF-16 at most. */
const beginning = (text: string, count: number): string => [...text.slice(0, 2 * count)].slice(0, count).join('');

const asciiOnly = (text: string): string =>
  text.replace(/[^\0-\x7f]/gu, (sign) => {
    const code = sign.codePointAt(0)!.toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
  });

const bases: Readonly<Record<string, readonly [base: number, before: string]>> = {
  ...{ v: [10, ''], d: [10, ''], b: [2, '0b'], o: [8, '0'], O: [8, '0o'], x: [16, '0x'], X: [16, '0X'] },
};

function intBy(verb: string, value: bigint, flags: Flags, precision = 0): string | undefined {
  const isCharacter = value >= 0n && value <= 0x10ffffn;
  if (verb === 'c') return String.fromCodePoint(isCharacter ? Number(value) : 0xfffd);
  if (verb === 'q') return quotedCharacter(isCharacter ? Number(value) : 0xfffd);
  if (verb === 'U') {
    const code = `U+${value.toString(16).toUpperCase().padStart(4, '0')}`;
    return flags.sharp && isCharacter ? `${code} '${String.fromCodePoint(Number(value))}'` : code;
  }
  if (!Object.hasOwn(bases, verb)) return undefined;
  const [base, before] = bases[verb]!;
  const digits = (value < 0n ? -value : value).toString(base).padStart(precision, '0');
  const written = verb === 'X' ? digits.toUpperCase() : digits;
  return signOf(value < 0n, flags) + (verb === 'O' || flags.sharp ? before : '') + written;
}

const signOf = (isNegative: boolean, { plus, space }: Flags): string =>
  isNegative ? '-' : plus ? '+' : space ? ' ' : '';

/** The verb is for what is in it. */
function listBy(verb: string, list: unknown, flags: Flags, limits: Limits): string {
  const items = itemsOf(list);
  const each = items.map((item) => formatted(verb, item, flags, limits));
  if (verb !== 'v' || !flags.sharp) return `[${each.join(' ')}]`;
  const type = items.every((item) => typeof item === 'string') ? '[]string' : typeOf(list);
  return list instanceof Nil ? `${type}(nil)` : `${type}{${each.join(', ')}}`;
}

function fieldsBy(verb: string, fields: Fields, flags: Flags, limits: Limits): string {
  const each = (value: unknown): string => formatted(verb, value, flags, limits);
  const own = fields[shape];
  if (own?.kind === 'struct' && !own.type) {
    const known = Object.entries({ ...fields, ...missing(own.lacks, fields) });
    const all = known.filter(([, value]) => kindOf(value) !== 'method');
    const isNamed = flags.plus || (verb === 'v' && flags.sharp);
    return `{${all.map(([name, value]) => (isNamed ? `${name}:` : '') + each(value)).join(' ')}}`;
  }
  const entries = keysOf(fields).map((key) => `${each(key)}:${each(fields[key])}`);
  return verb === 'v' && flags.sharp ? `${typeOf(fields)}{${entries.join(', ')}}` : `map[${entries.join(' ')}]`;
}

const missing = (lacks: Readonly<Record<string, unknown>> = {}, fields: Fields): Record<string, unknown> =>
  Object.fromEntries(Object.entries(lacks).filter(([name]) => !Object.hasOwn(fields, name)));

/** In characters. */
function padded(text: string, { minus, zero }: Flags, width: number): string {
  if (text.length >= 2 * width) return text;
  const fill = (zero ? '0' : ' ').repeat(Math.max(0, width - [...text].length));
  return minus ? text + fill : fill + text;
}

/** Zeros come behind the sign. */
function paddedNumber(text: string, flags: Flags, width: number): string {
  if (!flags.zero) return padded(text, flags, width);
  const [, sign = '', digits = ''] = /^([-+ ]?)(.*)$/s.exec(text)!;
  return sign + digits.padStart(width - sign.length, '0');
}
