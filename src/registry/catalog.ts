/** What a registry has: its repositories, where it tells, and the tags of one. Lists come in pages, each naming the next. */
import { readUpTo } from './body.ts';
import { nameOf, told, type Ask } from './ask.ts';
import { refusal } from './refusal.ts';
import type { Server } from './send.ts';
import { repositoryScope } from './token.ts';

const PAGE_LIMIT = 16 * 1024 * 1024;
/** A page that names itself as the next would have no end. */
const PAGES = 10_000;

/** Names of repositories; most public registries refuse. */
export function listRepositories(server: Server): Promise<string[]> {
  return pages(server, '/v2/_catalog', 'repositories', ['registry:catalog:*']);
}

export function listTags(server: Server, path: string): Promise<string[]> {
  return pages(server, `/v2/${path}/tags/list`, 'tags', [repositoryScope(path, 'pull')]);
}

async function pages(server: Server, path: string, property: string, scopes: readonly string[]): Promise<string[]> {
  const all: string[] = [];
  let url: URL | undefined = server.at(path, { n: '1000' });
  for (let page = 0; url; page++) {
    const ask: Ask = { method: 'GET', url, scopes };
    if (page === PAGES) throw told(ask, `the list has more than ${PAGES} pages`);
    const answer = await server.ask(ask);
    if (answer.status !== 200) throw await refusal(ask, answer);
    const text = await readUpTo(PAGE_LIMIT, answer.body, nameOf(ask));
    const names = text && namesIn(text.toString(), property);
    if (!names) throw told(ask, `the answer has no list '${property}'`);
    for (const name of names) all.push(name);
    url = nextIn(answer.header('link'), answer.url);
  }
  return all;
}

/** A repository without tags has null for a list: the registry is written in Go. */
function namesIn(text: string, property: string): string[] | undefined {
  try {
    const list = (JSON.parse(text) as Record<string, unknown>)[property] ?? [];
    return Array.isArray(list) && list.every((name) => typeof name === 'string') ? list : undefined;
  } catch {
    return undefined;
  }
}

/** `Link: </v2/_catalog?last=b&n=1000>; rel="next"` (RFC 8288), at the same server. */
function nextIn(header: string | undefined, base: URL): URL | undefined {
  const [, target] = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(header ?? '') ?? [];
  if (target === undefined || !URL.canParse(target, base.href)) return undefined;
  const next = new URL(target, base);
  return next.origin === base.origin ? next : undefined;
}
