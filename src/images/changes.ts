/**
 * `--change`: an instruction of a Dockerfile that changes an image's config and none of its files, for `commit` and
 * `import`. Those that change files are the builder's.
 *
 *     CMD ["sh", "-c", "date"]     exec form, as it is       CMD date     shell form: /bin/sh -c "date"
 *     ENV NAME=value NAME2="a b"   LABEL a=b   EXPOSE 80 443/udp   VOLUME /data
 *     USER name   WORKDIR /srv     ENTRYPOINT ["init"]   ONBUILD RUN make   HEALTHCHECK --interval=9s CMD date
 *
 * They are Docker's, which has no STOPSIGNAL among them (moby, builder/dockerfile/builder.go, validCommitCommands).
 */
import { posix } from 'node:path';
import { DrydockError } from '../errors.ts';
import { flagValues, withoutFlags } from './change-flags.ts';
import { healthcheckOf } from './change-healthcheck.ts';
import type { RunConfig } from './config.ts';
import { EXPOSED_FORM, ExposedPorts } from './exposed.ts';

/** Ports come into the config when all are known. */
interface Aside {
  readonly flags: readonly string[];
  readonly exposed: ExposedPorts;
}

type Change = (config: RunConfig, rest: string, aside: Aside) => RunConfig;

/** Of the words behind it, how many there have to be, in Docker's words; nothing: also none. */
interface Instruction {
  readonly requires?: 'exactly one argument' | 'at least one argument';
  readonly change: Change;
  /** It reads them itself. */
  readonly hasFlags?: boolean;
}

const one = (change: Change): Instruction => ({ requires: 'exactly one argument', change });
const some = (change: Change): Instruction => ({ requires: 'at least one argument', change });

const instructions: Readonly<Record<string, Instruction>> = {
  CMD: { change: (config, rest) => ({ ...config, Cmd: commandOf(rest) }) },
  // A new entrypoint does not get words that were meant for the old one. One of nothing changes nothing.
  ENTRYPOINT: {
    change: (config, rest) =>
      rest === ''
        ? config
        : { ...config, Entrypoint: commandOf(rest), Cmd: config.Entrypoint ? undefined : config.Cmd },
  },
  ENV: some((config, rest) => ({ ...config, Env: withPairs(config.Env ?? [], pairsOf('ENV', rest)) })),
  LABEL: some((config, rest) => ({
    ...config,
    Labels: { ...config.Labels, ...Object.fromEntries(pairsOf('LABEL', rest)) },
  })),
  EXPOSE: some((config, rest, { exposed }) => {
    for (const text of wordsOf(rest))
      if (!exposed.add(text)) throw wrong(`Invalid containerPort: ${text}`, EXPOSED_FORM);
    return config;
  }),
  VOLUME: some((config, rest) => ({ ...config, Volumes: { ...config.Volumes, ...setOf(placesOf(rest)) } })),
  USER: one((config, rest) => ({ ...config, User: rest })),
  WORKDIR: one((config, rest) => ({ ...config, WorkingDir: posix.resolve('/', config.WorkingDir ?? '/', rest) })),
  HEALTHCHECK: {
    ...some((config, rest, { flags }) => ({ ...config, Healthcheck: healthcheckOf(rest, flags, listOf) })),
    hasFlags: true,
  },
  ONBUILD: some((config, rest) => ({
    ...config,
    OnBuild: [...((config.OnBuild as string[] | undefined) ?? []), trigger(rest)],
  })),
};

const KNOWN = `one of ${Object.keys(instructions).join(', ')}`;

/**
 * The config with all of them, in their order; together they are a Dockerfile, with its comments and blank lines. Throws
 * BAD_USAGE for one that is not among these, in Docker's words (moby, builder/dockerfile/builder.go, BuildFromConfig).
 */
export function applyChanges(config: RunConfig, changes: readonly string[]): RunConfig {
  const lines = changes
    .flatMap((text) => text.replace(/\\[ \t]*\n/g, '').split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (changes.length > 0 && lines.length === 0) throw wrong('file with no instructions', KNOWN);
  const exposed = new ExposedPorts();
  const changed = lines.reduce((before, line) => applied(before, line, exposed), config);
  return withOldHealthcheck(config, withPorts(changed, exposed.all()));
}

function applied(config: RunConfig, line: string, exposed: ExposedPorts): RunConfig {
  const [, name = '', words = ''] = /^(\S+)\s*([\s\S]*)$/.exec(line)!;
  const key = name.toUpperCase();
  const instruction = Object.hasOwn(instructions, key) ? instructions[key] : undefined;
  if (!instruction) throw wrong(`${name.toLowerCase()} is not a valid change command`, `${KNOWN}; in: ${line}`);
  const { requires, change, hasFlags } = instruction;
  const { flags, rest } = withoutFlags(words);
  if (requires && rest === '') throw wrong(`${key} requires ${requires}`, 'it follows on the same line');
  if (!hasFlags) flagValues(flags, []);
  return change(config, rest, { flags, exposed });
}

const withPorts = (config: RunConfig, ports: Record<string, object> | undefined): RunConfig =>
  ports ? { ...config, ExposedPorts: { ...config.ExposedPorts, ...ports } } : config;

/** Of a check, what no change says stays as it was: moby, daemon/commit.go, merge. */
function withOldHealthcheck({ Healthcheck }: RunConfig, changed: RunConfig): RunConfig {
  if (!Healthcheck || changed.Healthcheck === Healthcheck) return changed;
  return { ...changed, Healthcheck: { ...Healthcheck, ...(changed.Healthcheck as object) } };
}

const wrong = (message: string, hint: string): DrydockError => new DrydockError('BAD_USAGE', message, { hint });

/** An instruction for the builds that begin from this image. */
function trigger(rest: string): string {
  const [name = ''] = rest.split(/\s/, 1);
  const key = name.toUpperCase();
  if (key === 'ONBUILD')
    throw wrong("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed", 'one that runs something: ONBUILD RUN make');
  if (key === 'FROM' || key === 'MAINTAINER')
    throw wrong(`${key} isn't allowed as an ONBUILD trigger`, 'one that runs something: ONBUILD RUN make');
  return rest;
}

function placesOf(rest: string): string[] {
  const places = listOf(rest) ?? wordsOf(rest);
  if (places.length === 0) throw wrong('VOLUME requires at least one argument', 'as in VOLUME /data');
  if (places.includes('')) throw wrong('VOLUME specified can not be an empty string', 'as in VOLUME /data');
  return places;
}

/** The exec form; undefined for anything else, also for what only looks like it. Throws BAD_USAGE for one with numbers. */
function listOf(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return undefined; // No JSON: then it is words for the shell, which knows brackets, too.
  }
  if ((list as unknown[]).every((word) => typeof word === 'string')) return list as string[];
  throw wrong('when using JSON array syntax, arrays must be comprised of strings only', `in: ${text}`);
}

const commandOf = (text: string): string[] => listOf(text) ?? ['/bin/sh', '-c', ...(text === '' ? [] : [text])];
const setOf = (names: readonly string[]): Record<string, object> => Object.fromEntries(names.map((name) => [name, {}]));

/** Words at white space, where no quotes are around it. */
function wordsOf(text: string): string[] {
  const words = text.match(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g, (_, double, single, one) => plain(double, single, one)),
  );
}

const plain = (double?: string, single?: string, one?: string): string =>
  double !== undefined ? double.replace(/\\(["\\$])/g, '$1') : (single ?? one ?? '');

/** `a=b c="d e"`, or the old form of one pair without a sign: `a b c`. */
function pairsOf(instruction: string, text: string): [string, string][] {
  const words = wordsOf(text);
  if (!words[0]?.includes('=')) {
    const [, name, value = ''] = /^(\S+)\s+([\s\S]*)$/.exec(text) ?? [];
    if (name === undefined) throw wrong(`${instruction} must have two arguments`, `${instruction} NAME=value`);
    return [[name, value]];
  }
  return words.map((word) => {
    const cut = word.indexOf('=');
    if (cut > 0) return [word.slice(0, cut), word.slice(cut + 1)];
    if (cut === 0) throw wrong(`${instruction} names can not be blank`, `in: ${text}`);
    const message = `Syntax error - can't find = in "${word}". Must be of the form: name=value`;
    throw wrong(message, `a value with blanks is quoted; in: ${text}`);
  });
}

function withPairs(env: readonly string[], pairs: readonly [string, string][]): string[] {
  const entries = new Map(env.map((entry) => [entry.split('=', 1)[0]!, entry]));
  for (const [name, value] of pairs) entries.set(name, `${name}=${value}`);
  return [...entries.values()];
}
