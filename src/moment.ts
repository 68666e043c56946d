/** Durations and moments as people type them: `1m30s`, `10m` ago, `2015-03-02`. Throws an Error with Docker's sentence. */

const nanoseconds: Readonly<Record<string, number>> = {
  ...{ ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 },
};

/** Nanoseconds, written as Go writes durations: `1m30s`, `250ms`, `0`. */
export function duration(text: string): number {
  const invalid = new Error(`time: invalid duration ${JSON.stringify(text)}`);
  const [, sign = '', rest = ''] = /^([-+]?)(.*)$/s.exec(text)!;
  if (rest === '0') return 0;
  if (/^\d+(\.\d*)?$/.test(rest)) throw new Error(`time: missing unit in duration ${JSON.stringify(text)}`);
  if (!/^((\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h))+$/.test(rest)) throw invalid;
  let sum = 0;
  for (const [, number, unit] of rest.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g))
    sum += Number(number) * nanoseconds[unit!]!;
  return sign === '-' ? -sum : sum;
}

/**
 * A moment, as for `--since` and `--until`: seconds since 1970, a date (RFC 3339, its end may be missing), or how long ago
 * (`10m`). As the API takes it: seconds, with up to nine digits behind the point.
 */
export function moment(text: string, now = Date.now()): string {
  const ago = durationOrNothing(text);
  if (ago !== undefined) return seconds(now - ago / 1e6);
  if (/^-?\d+(\.\d{1,9})?$/.test(text)) return text;
  const [, date, time, fraction = '', zone = ''] =
    /^(\d{4}-\d\d-\d\d)(?:T(\d\d(?::\d\d(?::\d\d)?)?)(\.\d+)?)?(Z|[-+]\d\d:\d\d)?$/.exec(text) ?? [];
  // Without a zone it is this machine's, and a date without a time begins at midnight.
  const start = date === undefined ? NaN : new Date(`${date}T${wholeTime(time)}${zone}`).getTime();
  if (Number.isNaN(start)) throw new Error(`failed to parse value as time or duration: ${JSON.stringify(text)}`);
  return `${start / 1000}.${fraction.slice(1).padEnd(9, '0')}`;
}

function durationOrNothing(text: string): number | undefined {
  try {
    return duration(text);
  } catch {
    return undefined; // it is no duration: perhaps a date, and if not, that is what is said
  }
}

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(9);
const wholeTime = (time = '00'): string => [...time.split(':'), '00', '00'].slice(0, 3).join(':');
