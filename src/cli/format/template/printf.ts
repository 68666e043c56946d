/** Go's fmt: Sprint, Sprintln and Sprintf (pkg.go.dev/fmt, "Printing"). What is wrong with a form is said in the text. */
import { formatted, type Flags } from './verbs.ts';
import { kindOf, typeOf } from './values.ts';

const plain: Flags = { minus: false, plus: false, sharp: false, space: false, zero: false };

/** A value as %v prints it. */
export const goText = (value: unknown): string => formatted('v', value, plain);

/** A blank between two of which none is a string. */
export const sprint = (values: readonly unknown[]): string =>
  values.reduce<string>((text, value, i) => {
    const isApart = i > 0 && kindOf(value) !== 'string' && kindOf(values[i - 1]) !== 'string';
    return text + (isApart ? ' ' : '') + goText(value);
  }, '');

export const sprintln = (values: readonly unknown[]): string => `${values.map(goText).join(' ')}\n`;

/** Flags, width, precision and verb; before each that takes a value its place may stand in brackets. */
const directive = /%([-+# 0]*)(\[[^\]]*\]|\[)?(\*|\d+)?(?:\.(\[[^\]]*\]|\[)?(\*|\d*))?(\[[^\]]*\]|\[)?(.|$)/gsu;
/** Wider than this Go prints nothing. */
const WIDEST = 1_000_000;

/** `%-10s`, `%5.1f`, `%q`, `%[2]d`, `%*d` and so on. Behind a size that is too big nothing is read. */
export function printed(form: string, values: readonly unknown[]): string {
  const rest = new Arguments(values);
  let text = '';
  let at = 0;
  for (const match of form.matchAll(directive)) {
    text += form.slice(at, match.index);
    at = match.index + match[0].length;
    if (!isTooBig(match[3]) && !isTooBig(match[5])) text += directed(match, rest);
    else return `${text}%!(NOVERB)${rest.extra()}`;
  }
  return text + form.slice(at) + rest.extra();
}

function directed([, signs, widthAt, width, precisionAt, precision, valueAt, verb]: string[], rest: Arguments): string {
  rest.goTo(widthAt);
  const wide = width === '*' ? rest.size('WIDTH') : { size: numberIn(width), complaint: '' };
  rest.goTo(precisionAt);
  const exact = precision === '*' ? rest.size('PREC') : { size: numberIn(precision, 0), complaint: '' };
  rest.goTo(valueAt);
  const size = wide.size ?? 0;
  const flags = { ...flagsIn(signs!), ...(size < 0 && { minus: true, zero: false }) };
  const limits = { width: Math.abs(size), precision: exact.size };
  return wide.complaint + exact.complaint + rest.byVerb(verb!, flags, limits);
}

const numberIn = (digits: string | undefined, empty?: number): number | undefined =>
  digits === undefined ? undefined : digits === '' ? empty : Number(digits);

/** Go looks before it takes one more digit (fmt, parsenum). */
const isTooBig = (digits: string | undefined): boolean => Number((digits ?? '').slice(0, -1)) > WIDEST;

function flagsIn(signs: string): Flags {
  const has = (sign: string): boolean => signs.includes(sign);
  return { minus: has('-'), plus: has('+'), sharp: has('#'), space: has(' '), zero: has('0') && !has('-') };
}

/** The values of a form, of which each directive takes one. */
class Arguments {
  private next = 0;
  private isOrdered = true;
  private isBadIndex = false;

  constructor(private readonly values: readonly unknown[]) {}

  /** `[2]`, if it is there. One that is none leads nowhere. */
  goTo(index: string | undefined): void {
    if (index === undefined) return;
    this.isOrdered = false;
    const place = /^\[\d+\]$/.test(index) ? Number(index.slice(1, -1)) : 0;
    if (place < 1 || place > this.values.length) this.isBadIndex = true;
    else this.next = place - 1;
  }

  /** A width or a precision that is a value itself. */
  size(name: 'WIDTH' | 'PREC'): { size: number | undefined; complaint: string } {
    const value = this.next < this.values.length ? this.values[this.next++] : undefined;
    const isSize = typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= WIDEST;
    if (isSize && (name === 'WIDTH' || value >= 0)) return { size: value, complaint: '' };
    return { size: undefined, complaint: `%!(BAD${name})` };
  }

  byVerb(verb: string, flags: Flags, limits: { width: number; precision: number | undefined }): string {
    if (verb === '') return '%!(NOVERB)';
    if (verb === '%') return '%';
    if (this.isBadIndex) {
      this.isBadIndex = false;
      return `%!${verb}(BADINDEX)`;
    }
    if (this.next >= this.values.length) return `%!${verb}(MISSING)`;
    return formatted(verb, this.values[this.next++], flags, limits);
  }

  extra(): string {
    const more = this.isOrdered ? this.values.slice(this.next) : [];
    if (more.length === 0) return '';
    const shown = more.map((value) => (kindOf(value) === 'nothing' ? '<nil>' : `${typeOf(value)}=${goText(value)}`));
    return `%!(EXTRA ${shown.join(', ')})`;
  }
}
