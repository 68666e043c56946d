/**
 * Manifests of a repository: asked for by tag or by digest, put under either.
 *
 * A tag is a promise of the registry, today's. So the first question is which digest it leads to (HEAD, which costs no pull where
 * pulls are counted), and what is fetched then is fetched by that digest and hashed.
 */
import { isDigest, type Digest } from '../content/digest.ts';
import type { Descriptor } from '../content/descriptor.ts';
import { discard, readUpTo } from './body.ts';
import { nameOf, told, type Answer, type Ask } from './ask.ts';
import { kindIn, MANIFEST_LIMIT, readManifest } from './manifest.ts';
import { accepted } from './media-types.ts';
import { refusal } from './refusal.ts';
import type { Resolved } from './registry.ts';
import type { Server } from './send.ts';
import { repositoryScope } from './token.ts';
import { mismatch } from './verify.ts';

/** What a name leads to, without fetching it; undefined: the registry does not tell. */
export async function headManifest(
  server: Server,
  path: string,
  name: string,
  signal?: AbortSignal,
): Promise<Descriptor | undefined> {
  const ask = reading(server, 'HEAD', path, name, signal);
  const answer = await server.ask(ask);
  await discard(answer.body);
  // A registry that has no HEAD may still have the manifest; the GET tells what is wrong, in words.
  if (answer.status !== 200) return undefined;
  const size = Number(answer.header('content-length') ?? NaN);
  const digest = answer.header('docker-content-digest') ?? name;
  if (isDigest(name) && digest !== name) throw mismatch({ digest: name }, `the registry leads it to ${digest}`);
  if (!isDigest(digest) || !Number.isSafeInteger(size)) return undefined;
  return { mediaType: kindIn(answer.header('content-type')), digest, size };
}

/** The manifest, checked. */
export async function getManifest(server: Server, path: string, name: string, signal?: AbortSignal): Promise<Resolved> {
  const ask = reading(server, 'GET', path, name, signal);
  const answer = await server.ask(ask);
  if (answer.status !== 200) throw await refusal(ask, answer);
  const bytes = await wholeBody(ask, answer);
  const promised = isDigest(name) ? name : answer.header('docker-content-digest');
  const resolved = readManifest(bytes, kindIn(answer.header('content-type')));
  const { digest } = resolved.descriptor;
  if (isDigest(promised) && promised !== digest) throw mismatch({ digest: promised }, `what came is ${digest}`);
  return resolved;
}

async function wholeBody(ask: Ask, answer: Answer): Promise<Buffer> {
  const bytes = await readUpTo(MANIFEST_LIMIT, answer.body, nameOf(ask));
  if (bytes) return bytes;
  throw told(ask, `a manifest of more than ${MANIFEST_LIMIT} bytes is not read`);
}

/** Puts it under a tag or its digest. What it names has to be there already. */
export async function putManifest(
  server: Server,
  path: string,
  name: string,
  { descriptor, bytes }: Resolved,
): Promise<void> {
  const ask: Ask = {
    method: 'PUT',
    url: server.at(`/v2/${path}/manifests/${name}`),
    headers: { 'content-type': descriptor.mediaType },
    body: () => bytes,
    scopes: [repositoryScope(path, 'pull', 'push')],
  };
  const answer = await server.ask(ask);
  if (answer.status !== 201) throw await refusal(ask, answer);
  await discard(answer.body);
  const kept = answer.header('docker-content-digest');
  if (kept && kept !== descriptor.digest) throw mismatch(descriptor, `the registry has kept it as ${kept}`);
}

function reading(
  server: Server,
  method: 'GET' | 'HEAD',
  path: string,
  name: string | Digest,
  signal?: AbortSignal,
): Ask {
  const url = server.at(`/v2/${path}/manifests/${name}`);
  return { method, url, headers: { accept: accepted }, scopes: [repositoryScope(path, 'pull')], signal };
}
