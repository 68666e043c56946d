/** What stands behind the question mark, read as Docker reads it. */
import type { Filters } from '../engine/types.ts';
import { DrydockError } from '../errors.ts';
import { parsePlatform } from '../images/platform.ts';

/** Everything else is yes (docker: api/server/httputils/form.go). */
const NO = ['', '0', 'no', 'false', 'none'];

export class Query {
  constructor(private readonly values: URLSearchParams) {}

  flag(name: string, otherwise = false): boolean {
    const text = this.values.get(name);
    return text === null ? otherwise : !NO.includes(text.trim().toLowerCase());
  }

  /** Undefined where it is absent or empty: clients send both for "nothing said". */
  text(name: string): string | undefined {
    return this.list(name)[0] || undefined;
  }

  /** Throws API_INVALID for a NUL: for the kernel a text ends there. */
  list(name: string): string[] {
    const all = this.values.getAll(name);
    for (const one of all)
      if (one.includes('\0')) throw invalid(name, one.replaceAll('\0', '\\0'), 'a text without NUL');
    return all;
  }

  /** Throws API_INVALID for what is no whole number. */
  number(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (/^-?\d{1,15}$/.test(text)) return Number(text);
    throw invalid(name, text, 'a whole number');
  }

  /** Seconds since 1970, with or without a fraction. Throws API_INVALID. */
  seconds(name: string): number | undefined {
    const exact = this.nanoseconds(name);
    return exact === undefined ? undefined : Number(exact) / 1e9;
  }

  /** The same where each nanosecond counts. */
  nanoseconds(name: string): bigint | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const [, whole, fraction = ''] = /^(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
    if (whole !== undefined) return BigInt(whole + fraction.padEnd(9, '0'));
    throw invalid(name, text, 'a time in seconds since 1970');
  }

  /** As one of today's clients sends it, a map of maps, or a map of lists as those did before 1.22. */
  filters(name = 'filters'): Filters {
    const text = this.text(name);
    if (text === undefined) return {};
    const value = parsed(name, text);
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isMap) throw invalid(name, text, 'a JSON object');
    return Object.fromEntries(Object.entries(value).map(([key, values]) => [key, valuesOf(name, key, values)]));
  }

  /** A JSON object in a parameter, as `buildargs` and `labels` have it. */
  json(name: string): unknown {
    const text = this.text(name);
    return text === undefined ? undefined : parsed(name, text);
  }
}

/** `platform`, as `--platform` says it. Throws BAD_USAGE. */
export function platformOf(query: Query): ReturnType<typeof parsePlatform> | undefined {
  const text = query.text('platform');
  return text === undefined ? undefined : parsePlatform(text);
}

function valuesOf(name: string, key: string, values: unknown): string[] {
  if (Array.isArray(values) && values.every((one) => typeof one === 'string')) return values;
  if (typeof values === 'object' && values !== null && !Array.isArray(values))
    return Object.entries(values).flatMap(([value, isWanted]) => (isWanted === true ? [value] : []));
  throw invalid(name, JSON.stringify({ [key]: values }), 'a list of strings for each key');
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw invalid(name, text, 'JSON', cause);
  }
}

function invalid(name: string, text: string, right: string, cause?: unknown): DrydockError {
  const message = `the parameter ${name}=${text.length > 80 ? `${text.slice(0, 80)}…` : text} is not ${right}`;
  return new DrydockError('API_INVALID', message, { hint: `${name} has to be ${right}`, cause });
}
