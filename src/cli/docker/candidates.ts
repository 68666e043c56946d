/** What could stand in the last word of a command line: verbs, options, and names that the engine knows. */
import type { Client } from '../../client/client.ts';
import type { ContainerSummary, ImageSummary, Network, Volume } from '../../client/types.ts';
import { clientOf, type Globals } from './client-of.ts';
import { optionsOf, readFlags, type Flags, type Read } from './flags.ts';
import { globals } from './globals.ts';
import { groups, verbs, type Entry } from './verbs.ts';

/** Verbs that are not the engine's; the list of everything knows them. */
import { learn, local } from '../verbs.ts';

/** The last of the words is the one that is being typed. */
export async function candidates(words: readonly string[]): Promise<string[]> {
  const typed = words.at(-1) ?? '';
  const all = await everything(words.slice(0, -1), typed);
  return all.filter((word) => word.startsWith(typed));
}

async function everything(before: readonly string[], typed: string): Promise<string[]> {
  const read = readIfWhole(globals, before, true);
  if (!read) return [];
  const [first, ...rest] = read.words;
  if (first === undefined) return typed.startsWith('-') ? optionsOf(globals) : namesOfAll();
  if (!Object.hasOwn(groups, first)) return afterVerb(read.values, entryIn(verbs, first), rest, typed);
  const [second, ...others] = rest;
  if (second === undefined) return groups[first]!.map(({ name }) => name);
  return afterVerb(read.values, entryIn(groups[first]!, second), others, typed);
}

const entryIn = (entries: readonly Entry[], word: string): Entry | undefined =>
  entries.find(({ name, aliases }) => name === word || aliases?.includes(word));

const namesOfAll = (): string[] =>
  [...[...verbs, ...learn, ...local].map(({ name }) => name), ...Object.keys(groups)].sort();

/** Undefined when the last word is an option whose value is being typed, or when one is wrong: nothing is known then. */
function readIfWhole<F extends Flags>(flags: F, words: readonly string[], stopsAtWord?: boolean): Read<F> | undefined {
  try {
    return readFlags(flags, words, stopsAtWord);
  } catch {
    return undefined;
  }
}

async function afterVerb(
  values: Globals,
  entry: Entry | undefined,
  before: readonly string[],
  typed: string,
): Promise<string[]> {
  if (!entry) return [];
  const { flags, usage, stopsAtWord } = await entry.load();
  const read = readIfWhole(flags, before, stopsAtWord);
  if (!read || (stopsAtWord && read.words.length > 0)) return [];
  if (typed.startsWith('-')) return optionsOf(flags);
  const ask = askerFor(usage, read.words.length);
  if (!ask) return [];
  try {
    const client = clientOf(values);
    // Whoever presses Tab has not asked for an engine, nor for complaints: without one there are no names.
    client.revive = undefined;
    return await ask(client);
  } catch {
    return [];
  }
}

/** By what the verb's usage has at this place. Its last word may be repeated: `CONTAINER [CONTAINER...]`. */
function askerFor(usage: string, place: number): ((client: Client) => Promise<string[]>) | undefined {
  const places = usage.split('\n').map((line) => line.split(' ').filter((word) => word !== '[OPTIONS]'));
  const here = places.map((words) => words[place] ?? (words.at(-1)?.includes('...') ? words.at(-1)! : ''));
  const kind = Object.keys(askers).find((name) => here.some((word) => word.includes(name)));
  return kind === undefined ? undefined : askers[kind];
}

/** Who is asked, by the word that stands in a verb's usage. */
const askers: Readonly<Record<string, (client: Client) => Promise<string[]>>> = {
  CONTAINER: async (client) =>
    (await client.json<ContainerSummary[]>('GET', '/containers/json', { query: { all: true } })).flatMap(({ Names }) =>
      Names.map((name) => name.replace(/^\//, '')),
    ),
  IMAGE: async (client) =>
    (await client.json<ImageSummary[]>('GET', '/images/json')).flatMap(({ RepoTags }) => RepoTags ?? []),
  NETWORK: async (client) => (await client.json<Network[]>('GET', '/networks')).map(({ Name }) => Name),
  VOLUME: async (client) =>
    ((await client.json<{ Volumes: Volume[] | null }>('GET', '/volumes')).Volumes ?? []).map(({ Name }) => Name),
};
