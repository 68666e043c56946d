/**
 * The options of Docker's verbs, and the grammar that they are written in (spf13/pflag: POSIX, and GNU's long names).
 *
 *     --name=web  --name web  -p80:80  -p 80:80  -it  --rm=false  --  words
 *
 * yargs reads the verbs of this project; here scripts written for Docker come in, and they rely on what pflag does: `-it`
 * are two switches and `-p80` is one option, a switch never takes the next word, and what is wrong is said in its words.
 * A verb says what it knows as a table, which also is its help and its completion.
 */
import { DrydockError } from '../../errors.ts';
import { UsageFailure } from './failure.ts';

export interface Flag<T> {
  /** One letter, for `-a`. */
  readonly short?: string;
  readonly about: string;
  /** The kind of value, as help shows it; empty for a switch, which takes none. */
  readonly kind: string;
  /** What it is when nobody gives it. */
  readonly fallback: T;
  /** Reads one value, beside those that were given before. Throws an Error with the reason. */
  read(text: string, before: T): T;
  /** What help and completion keep to themselves: older names. */
  readonly isHidden?: boolean;
}

// Tables hold flags of every type; whoever reads a value has it from the table's own type.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Flags = Readonly<Record<string, Flag<any>>>;
export type Values<F extends Flags> = { -readonly [Name in keyof F]: F[Name] extends Flag<infer T> ? T : never };

type More<T> = Partial<Pick<Flag<T>, 'short' | 'fallback' | 'kind' | 'isHidden'>>;

export const toggle = (about: string, { short, fallback = false, isHidden }: More<boolean> = {}): Flag<boolean> => ({
  ...{ about, short, fallback, isHidden, kind: '', read: truth },
});

export const text = (
  about: string,
  { short, fallback = '', kind = 'string', isHidden }: More<string> = {},
): Flag<string> => ({
  ...{ about, short, fallback, kind, isHidden, read: (value) => value },
});

/** May be given several times. `check` throws for a value that is none. */
export const list = (
  about: string,
  { short, kind = 'list', isHidden, check }: More<string[]> & { check?: (value: string) => void } = {},
): Flag<string[]> => ({
  ...{ about, short, kind, isHidden, fallback: [] },
  read(value, before) {
    check?.(value);
    return [...before, value];
  },
});

/** May be given several times, and each value is what `read` makes of the word. */
export const several = <T>(about: string, kind: string, read: (text: string) => T): Flag<T[]> => ({
  ...{ about, kind, fallback: [] },
  read: (word, before) => [...before, read(word)],
});

/** A list whose values may also stand in one word, with commas between them. */
export const commas = (about: string, { short, kind = 'strings' }: More<string[]> = {}): Flag<string[]> => ({
  ...{ about, short, kind, fallback: [], read: (value, before) => [...before, ...value.split(',')] },
});

/** `KEY=VALUE`, several times; the last one of a key counts. */
export const pairs = (
  about: string,
  { short, kind = 'map' }: More<Record<string, string>> = {},
): Flag<Record<string, string>> => ({
  ...{ about, short, kind, fallback: {} },
  read: (value, before) => ({ ...before, ...pairOf(value) }),
});

/** Undefined when nobody gives it. */
export const integer = (
  about: string,
  { short, kind = 'int', isHidden }: More<number> = {},
): Flag<number | undefined> => ({
  ...{ about, short, kind, isHidden, fallback: undefined, read: whole },
});

/** A value that `read` makes of the word. */
export const value = <T>(
  about: string,
  kind: string,
  read: (text: string) => T,
  { short, isHidden }: More<T> = {},
): Flag<T | undefined> => ({ about, short, kind, isHidden, fallback: undefined, read });

export function pairOf(word: string): Record<string, string> {
  const [key = '', ...rest] = word.split('=');
  return { [key]: rest.join('=') };
}

const truths: Readonly<Record<string, boolean>> = {
  ...{ '1': true, t: true, T: true, true: true, TRUE: true, True: true },
  ...{ '0': false, f: false, F: false, false: false, FALSE: false, False: false },
};

function truth(word: string): boolean {
  if (Object.hasOwn(truths, word)) return truths[word]!;
  throw new Error(`strconv.ParseBool: parsing ${JSON.stringify(word)}: invalid syntax`);
}

function whole(word: string): number {
  if (/^[-+]?(\d+|0[xX][0-9a-fA-F]+)$/.test(word)) return Number(word);
  throw new Error(`strconv.ParseInt: parsing ${JSON.stringify(word)}: invalid syntax`);
}

export interface Read<F extends Flags> {
  readonly values: Values<F>;
  /** The names that were given, whatever their value. */
  readonly given: ReadonlySet<string>;
  readonly words: readonly string[];
}

/** All that there are, as they are typed, but for those that nobody need know. */
export const optionsOf = (flags: Flags): string[] =>
  Object.entries(flags)
    .filter(([, flag]) => !flag.isHidden)
    .map(([name]) => `--${name}`);

/** What `--help` and its letter are called; a verb may have its own `-h`. */
export const HELP = 'help';
const help = toggle('show this help');

/** Reads a command line. With `stopsAtWord` everything from the first word on belongs to somebody else. */
export function readFlags<F extends Flags>(flags: F, line: readonly string[], stopsAtWord = false): Read<F> {
  const known: Flags = { ...flags, [HELP]: help };
  const values = Object.fromEntries(Object.entries(known).map(([name, flag]) => [name, flag.fallback as unknown]));
  const given = new Set<string>();
  const words: string[] = [];
  const rest = [...line];
  const take = (name: string, how: string, inline: string | undefined): void => {
    const flag = known[name]!;
    const word = inline ?? (flag.kind === '' ? 'true' : rest.shift());
    if (word === undefined) throw new UsageFailure(`flag needs an argument: ${how}`);
    values[name] = readOne(name, flag, word, values[name]);
    given.add(name);
  };
  while (rest.length > 0) {
    const word = rest.shift()!;
    if (word === '--') return { values: values as Values<F>, given, words: [...words, ...rest] };
    if (word === '-' || !word.startsWith('-')) {
      words.push(word, ...(stopsAtWord ? rest.splice(0) : []));
    } else if (word.startsWith('--')) {
      const [, name = '', inline] = /^--([^=]*)(?:=(.*))?$/s.exec(word)!;
      if (name === '') throw new UsageFailure(`bad flag syntax: ${word}`);
      if (!Object.hasOwn(known, name))
        throw new UsageFailure(`unknown flag: --${name}`, { word: `--${name}`, names: optionsOf(known) });
      take(name, `--${name}`, inline);
    } else readLetters(word, known, take);
  }
  return { values: values as Values<F>, given, words };
}

/** `-it`, `-p80:80`, `-p=80:80`, `-p`. */
function readLetters(word: string, known: Flags, take: (name: string, how: string, inline?: string) => void): void {
  for (let letters = word.slice(1); letters !== '';) {
    const letter = letters[0]!;
    const name = letter === 'h' ? (longName(known, 'h') ?? HELP) : longName(known, letter);
    if (name === undefined) throw new UsageFailure(`unknown shorthand flag: '${letter}' in -${letters}`);
    const after = letters.slice(1);
    const takesRest = after.startsWith('=') || (after !== '' && known[name]!.kind !== '');
    take(name, `'${letter}' in -${letters}`, takesRest ? after.replace(/^=/, '') : undefined);
    letters = takesRest ? '' : after;
  }
}

function longName(known: Flags, letter: string): string | undefined {
  return Object.keys(known).find((name) => known[name]!.short === letter);
}

function readOne(name: string, flag: Flag<unknown>, word: string, before: unknown): unknown {
  try {
    return flag.read(word, before);
  } catch (error) {
    if (error instanceof DrydockError) throw error;
    const called = flag.short ? `-${flag.short}, --${name}` : `--${name}`;
    throw new UsageFailure(
      `invalid argument ${JSON.stringify(word)} for "${called}" flag: ${(error as Error).message}`,
    );
  }
}
