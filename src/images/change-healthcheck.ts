/** `--change HEALTHCHECK`, in Docker's words: moby, builder/dockerfile, instructions/parse.go, parseHealthcheck. */
import { DrydockError } from '../errors.ts';
import { duration } from '../moment.ts';
import { flagValues } from './change-flags.ts';

/** Its field of an image's config by its flag. The last one is of Docker 25. */
const times = {
  interval: 'Interval',
  timeout: 'Timeout',
  'start-period': 'StartPeriod',
  'start-interval': 'StartInterval',
} as const;

const names = [...Object.keys(times), 'retries'];

/** Checks that run more often only measure themselves. */
const LEAST_NS = 1e6;
/** In other clients these numbers have 64 and 32 bits. */
const [TIMES_END, RETRIES_END] = [2 ** 63, 2 ** 31];

/** `words` reads the exec form; undefined: it is the shell's. Throws BAD_USAGE. */
export function healthcheckOf(
  rest: string,
  flags: readonly string[],
  words: (text: string) => readonly string[] | undefined,
): object {
  const [, type = '', command = ''] = /^(\S+)\s*([\s\S]*)$/.exec(rest)!;
  if (type.toUpperCase() === 'NONE') {
    if (command !== '') throw wrong('HEALTHCHECK NONE takes no arguments', 'nothing follows it');
    return { Test: ['NONE'] };
  }
  const values = flagValues(flags, names);
  if (type.toUpperCase() !== 'CMD')
    throw wrong(`Unknown type ${JSON.stringify(type.toUpperCase())} in HEALTHCHECK (try CMD)`, 'CMD or NONE');
  const list = words(command);
  if (command === '' || list?.length === 0)
    throw wrong('Missing command after HEALTHCHECK CMD', 'HEALTHCHECK CMD curl -f http://localhost/');
  const Test = list ? ['CMD', ...list] : ['CMD-SHELL', command];
  const said = Object.entries(times).map(([flag, field]) => [field, timeOf(flag, values.get(flag))]);
  const all = [...said, ['Retries', retriesOf(values.get('retries'))]] as [string, number | undefined][];
  return { Test, ...Object.fromEntries(all.filter(([, value]) => value !== undefined)) };
}

function timeOf(flag: string, text = ''): number | undefined {
  if (text === '') return undefined;
  const hint = 'a number and a unit: 500ms, 30s, 1m30s';
  const time = durationOf(text, hint);
  if (time < LEAST_NS) throw wrong(`Interval ${JSON.stringify(flag)} cannot be less than 1ms`, hint);
  return time;
}

function durationOf(text: string, hint: string): number {
  let time = NaN;
  try {
    time = duration(text);
  } catch (error) {
    throw wrong((error as Error).message, hint);
  }
  if (time < TIMES_END) return time;
  throw wrong(`time: invalid duration ${JSON.stringify(text)}`, 'at most 292 years');
}

function retriesOf(text = ''): number | undefined {
  if (text === '') return undefined;
  const hint = 'how often it may fail in a row: 1 or more';
  const parsing = `strconv.ParseInt: parsing ${JSON.stringify(text)}`;
  if (!/^[-+]?\d+$/.test(text)) throw wrong(`${parsing}: invalid syntax`, hint);
  const retries = Number(text);
  if (retries >= RETRIES_END || retries < -RETRIES_END) throw wrong(`${parsing}: value out of range`, hint);
  if (retries < 1) throw wrong(`--retries must be at least 1 (not ${retries})`, hint);
  return retries;
}

const wrong = (message: string, hint: string): DrydockError => new DrydockError('BAD_USAGE', message, { hint });
