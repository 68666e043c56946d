/**
 * Searching: the hub has a search of its own, older than the registry protocol; other registries have at best a list of
 * all that they have, in which we look.
 */
import { readUpTo } from './body.ts';
import { nameOf, told, type Ask } from './ask.ts';
import { listRepositories } from './catalog.ts';
import { endpointOf } from './endpoint.ts';
import { printable } from './failure.ts';
import { refusal } from './refusal.ts';
import type { RegistryOptions, SearchResult } from './registry.ts';
import { retrying } from './retry.ts';
import type { Server } from './send.ts';
import { connect } from './server.ts';

const HUB = 'docker.io';
const HUB_INDEX = 'index.docker.io';
const LIMIT = 4 * 1024 * 1024;

/** `busybox`, or `localhost:5000/team`: what has the words in its name. */
export async function search(
  term: string,
  options: RegistryOptions & { limit?: number } = {},
): Promise<SearchResult[]> {
  const { limit = 25 } = options;
  const [domain, words] = split(term);
  return withServer(domain === HUB ? HUB_INDEX : domain, domain, options, async (server) => {
    const found = (await askIndex(server, words, limit)) ?? (await lookThrough(server, words));
    const prefix = domain === HUB ? '' : `${domain}/`;
    return found.slice(0, limit).map((result) => ({ ...result, name: prefix + result.name }));
  });
}

/** All repositories of a registry. Throws UNAUTHORIZED or REGISTRY where it does not tell: the hub does not. */
export function catalog(domain: string, options: RegistryOptions = {}): Promise<string[]> {
  return withServer(domain, domain, options, listRepositories);
}

async function withServer<T>(
  host: string,
  registry: string,
  options: RegistryOptions,
  body: (server: Server) => Promise<T>,
): Promise<T> {
  const connection = connect({ ...endpointOf(host, options.insecure), registry }, options);
  try {
    return await retrying(options, undefined, async () => body(await connection.server()));
  } finally {
    await connection.close();
  }
}

/** As Docker does: the part before the slash is a registry if it looks like one. */
function split(term: string): [domain: string, words: string] {
  const slash = term.indexOf('/');
  const first = term.slice(0, Math.max(slash, 0));
  return /[.:]/.test(first) || first === 'localhost' ? [first, term.slice(slash + 1)] : [HUB, term];
}

/** The old search, if there is one. */
async function askIndex(server: Server, words: string, limit: number): Promise<SearchResult[] | undefined> {
  const ask: Ask = { method: 'GET', url: server.at('/v1/search', { q: words, n: String(limit) }) };
  const answer = await server.ask(ask);
  if (answer.status === 404 || answer.status === 410) return undefined;
  if (answer.status !== 200) throw await refusal(ask, answer);
  const text = await readUpTo(LIMIT, answer.body, nameOf(ask));
  const results = text && resultsIn(text.toString());
  if (results) return results;
  throw told(ask, "the answer has no list 'results'");
}

async function lookThrough(server: Server, words: string): Promise<SearchResult[]> {
  const names = await listRepositories(server);
  const unknown = { description: '', stars: 0, isOfficial: false, isAutomated: false };
  return names.filter((name) => name.includes(words.toLowerCase())).map((name) => ({ name, ...unknown }));
}

function resultsIn(text: string): SearchResult[] | undefined {
  try {
    const { results } = JSON.parse(text) as { results?: unknown };
    return Array.isArray(results) ? results.map((result) => resultOf(result as Record<string, unknown>)) : undefined;
  } catch {
    return undefined;
  }
}

function resultOf({
  name,
  description,
  star_count: stars,
  is_official,
  is_automated,
}: Record<string, unknown>): SearchResult {
  const text = (value: unknown): string => (typeof value === 'string' ? printable(value) : '');
  return {
    name: text(name),
    description: text(description),
    stars: typeof stars === 'number' ? stars : 0,
    isOfficial: is_official === true,
    isAutomated: is_automated === true,
  };
}
