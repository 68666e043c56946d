/** What could stand in the last word of a command line: verbs, options, and names that the engine knows. */
import type { Client } from '../../client/client.ts';
import type { ContainerSummary, ImageSummary, Network, Volume } from '../../client/types.ts';
import { groups, verbs, type Entry } from './verbs.ts';

/** Verbs that are not the engine's; the list of everything knows them. */
import { learn, local } from '../verbs.ts';

export async function candidates(client: Client, words: readonly string[]): Promise<string[]> {
  const typed = words.at(-1) ?? '';
  const [first, second] = words;
  const isGroup = first !== undefined && words.length > 1 && Object.hasOwn(groups, first);
  const entries = isGroup ? groups[first]! : verbs;
  const name = isGroup ? second : first;
  const before = words.length - 1 - (isGroup ? 1 : 0);
  const all =
    before === 0
      ? namesOf(entries, isGroup)
      : await afterVerb(
          client,
          entries.find((entry) => entry.name === name),
          typed,
        );
  return all.filter((word) => word.startsWith(typed));
}

function namesOf(entries: readonly Entry[], isGroup: boolean): string[] {
  const own = entries.map(({ name }) => name);
  return isGroup
    ? own
    : [...own, ...Object.keys(groups), ...learn.map(({ name }) => name), ...local.map(({ name }) => name)].sort();
}

async function afterVerb(client: Client, entry: Entry | undefined, typed: string): Promise<string[]> {
  if (!entry) return [];
  const { flags, usage } = await entry.load();
  if (typed.startsWith('-'))
    return Object.entries(flags)
      .filter(([, flag]) => !flag.isHidden)
      .map(([name]) => `--${name}`);
  const kind = Object.keys(askers).find((word) => usage.includes(word));
  if (kind === undefined) return [];
  try {
    return await askers[kind]!(client);
  } catch {
    return []; // no engine, no names: a shell that completes is no place for complaints
  }
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
