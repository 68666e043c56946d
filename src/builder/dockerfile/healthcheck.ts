/** `HEALTHCHECK --interval=30s CMD …`, or NONE; times as Go writes them, in nanoseconds as an image's config has them. */
import { didYouMean } from '../../nearest.ts';
import { commandOf } from './command.ts';
import type { HealthcheckInstruction } from './dockerfile.ts';
import { valueOf, type Flags, type FlagTable, type Statement } from './statement.ts';
import { headOf } from './words.ts';
import { shown } from './wrong.ts';

export const healthcheckFlags: FlagTable = {
  interval: 'value',
  timeout: 'value',
  'start-period': 'value',
  'start-interval': 'value',
  retries: 'value',
};

type Read = Omit<HealthcheckInstruction, 'kind' | 'line' | 'lastLine' | 'original'>;

export function readHealthcheck(statement: Statement, flags: Flags): Read {
  const { head, rest } = headOf(statement.rest);
  const type = head.text.toUpperCase();
  if (type === 'NONE') {
    if (rest.text !== '') throw statement.wrong(rest, 'HEALTHCHECK NONE takes no arguments', 'nothing follows it');
    return {};
  }
  if (type !== 'CMD')
    throw statement.wrong(head, `unknown type ${shown(head.text)} in HEALTHCHECK`, didYouMean(type, ['CMD', 'NONE']));
  if (rest.text === '')
    throw statement.wrong(head, 'missing command after HEALTHCHECK CMD', 'HEALTHCHECK CMD curl -f http://localhost/');
  const time = (name: string): number | undefined => timeOf(statement, flags, name);
  return {
    command: commandOf(statement.with({ rest })),
    interval: time('interval'),
    timeout: time('timeout'),
    startPeriod: time('start-period'),
    startInterval: time('start-interval'),
    retries: retriesOf(statement, flags),
  };
}

function retriesOf(statement: Statement, flags: Flags): number | undefined {
  const [word] = flags.get('retries') ?? [];
  if (word && !/^\d{1,9}$/.test(word.text))
    throw statement.wrong(word, `--retries is ${shown(word.text)}`, 'it is a number, and not negative');
  return word && Number(word.text);
}

const units: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Docker's: a check that runs more often only measures itself. 0 is what is taken when nothing is said. */
const LEAST = units.ms!;
/** In other clients a number of nanoseconds has 64 bits, and they could not read the image with a larger one. */
const LONGEST = 2 ** 63;

function timeOf(statement: Statement, flags: Flags, name: string): number | undefined {
  const text = valueOf(flags, name);
  if (text === undefined) return undefined;
  const [word] = flags.get(name)!;
  if (text === '0') return 0;
  if (!/^\+?((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(text) || text.length > 40)
    throw statement.wrong(word!, `--${name} is ${shown(text)}`, 'a time is a number and a unit: 500ms, 30s, 1m30s');
  const parts = [...text.matchAll(/([\d.]+)(ns|us|µs|μs|ms|s|m|h)/g)];
  const time = Math.round(parts.reduce((sum, [, number, unit]) => sum + Number(number) * units[unit!]!, 0));
  if (time !== 0 && time < LEAST)
    throw statement.wrong(word!, `--${name} is ${shown(text)}`, 'at least 1ms, or 0 for what is usual');
  if (time >= LONGEST)
    throw statement.wrong(word!, `--${name} is ${shown(text)}`, 'at most 292 years: others read it as 64 bits');
  return time;
}
