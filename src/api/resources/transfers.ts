/** How images come and go: from and to registries, out of and into archives. */
import type { Engine } from '../../engine/engine.ts';
import { DrydockError } from '../../errors.ts';
import { importImage } from '../../images/import.ts';
import { loadImages } from '../../images/load.ts';
import type { OnProgress } from '../../images/images.ts';
import { withNearImage } from '../../images/near.ts';
import { pull, pullAll } from '../../images/pull.ts';
import { push } from '../../images/push.ts';
import { saveImages } from '../../images/save.ts';
import { tagName } from '../../images/tag.ts';
import { familiar, parseReference, repositoryName, type Reference } from '../../registry/reference.ts';
import { RegistryError } from '../../registry/failure.ts';
import type { RegistryOptions } from '../../registry/registry.ts';
import { route, type Reply, type Route } from '../api.ts';
import type { Call } from '../call.ts';
import { platformOf } from '../query.ts';
import { credentialsFor } from '../registry-auth.ts';
import { bytes, progress } from '../reply.ts';

const TAR = 'application/x-tar';

export const transfers: readonly Route[] = [
  route('POST /images/create', (call, engine) => {
    const [image, source] = [call.query.text('fromImage'), call.query.text('fromSrc')];
    if (image !== undefined) return pulled(call, engine, image);
    if (source !== undefined) return imported(call, engine, source);
    throw new DrydockError('API_INVALID', 'POST /images/create says neither fromImage nor fromSrc', {
      hint: 'fromImage=NAME pulls, fromSrc=- imports what is in the body',
    });
  }),
  route('POST /images/{name...}/push', (call, engine) => pushed(call, engine)),
  route('GET /images/get', ({ query }, engine) => saved(engine, query.list('names'))),
  route('GET /images/{name...}/get', ({ name }, engine) => saved(engine, [name])),
  route('POST /images/load', ({ query, bytes }, engine) =>
    progress(async (tell) => {
      // A quiet one hears only what has come of it.
      const onProgress: OnProgress = (line) => {
        if (!query.flag('quiet') || line.stream !== undefined) tell(line);
      };
      for (const id of await loadImages(engine.store, bytes, { onProgress }))
        engine.events.emit('image', 'load', id, { name: id });
    }),
  ),
];

/** The name with its tag or digest, as two parameters carry them. */
export const withTag = (name: string, tag?: string): string =>
  tag === undefined ? name : `${name}${tag.includes(':') ? '@' : ':'}${tag}`;

function pulled(call: Call, engine: Engine, image: string): Reply {
  const { query, gone: signal } = call;
  const reference = parseReference(withTag(image, query.text('tag')));
  const platform = platformOf(query);
  const registry = registryOptions(call, reference);
  return progress(async (tell) => {
    const onProgress: OnProgress = (line) => void tell(line);
    const one = reference.tag !== undefined || reference.digest !== undefined;
    try {
      await (one ? pull : pullAll)(engine.store, reference, { registry, platform, onProgress, signal });
    } catch (error) {
      const told = isUnknown(error) ? unknown(reference, error) : error;
      throw one ? withNearImage(told, engine.store.db.read(), familiar(reference)) : told;
    }
    engine.events.emit('image', 'pull', familiar(reference), { name: familiar({ ...reference, tag: undefined }) });
  });
}

/** The registry has not got what the name should lead to. */
const isUnknown = (error: unknown): boolean =>
  error instanceof RegistryError && error.status === 404 && error.message.includes('/manifests/');

/** In Docker's words, which scripts look for. */
const unknown = (reference: Reference, cause: unknown): DrydockError =>
  new DrydockError(
    'IMAGE_MISSING',
    `manifest for ${familiar(reference)} not found: manifest unknown: manifest unknown`,
    { hint: (cause as Error).message, cause },
  );

/** Without a tag all that the repository has here. */
function pushed(call: Call, engine: Engine): Reply {
  const asked = parseReference(withTag(call.name, call.query.text('tag')));
  const registry = registryOptions(call, asked);
  const references = (asked.tag ?? asked.digest) ? [asked] : tagsOf(engine, asked);
  return progress(async (tell) => {
    const onProgress: OnProgress = (line) => void tell(line);
    for (const reference of references) {
      await push(engine.store, reference, { registry, onProgress, signal: call.gone });
      engine.events.emit('image', 'push', familiar(reference), { name: familiar({ ...reference, tag: undefined }) });
    }
  });
}

function tagsOf({ store }: Engine, asked: Reference): Reference[] {
  const all = Object.keys(store.db.read().tags).map(parseReference);
  const here = all.filter((one) => repositoryName(one) === repositoryName(asked));
  if (here.length > 0) return here;
  throw new DrydockError('IMAGE_MISSING', `An image does not exist locally with the tag: ${familiar(asked)}`, {
    hint: 'GET /images/json lists what is here',
  });
}

function imported(call: Call, engine: Engine, source: string): Reply {
  const { query } = call;
  const name = query.text('repo');
  const tags = name === undefined ? [] : [tagName(withTag(name, query.text('tag')))];
  const options = { tags, changes: query.list('changes'), message: query.text('message'), platform: platformOf(query) };
  return progress(async (tell) => {
    const id = await importImage(engine.store, await sourceOf(call, source), options);
    engine.events.emit('image', 'import', id, { name: id });
    tell({ status: id });
  });
}

async function sourceOf({ bytes, gone }: Call, source: string): Promise<AsyncIterable<Uint8Array>> {
  if (source === '-') return bytes;
  if (!URL.canParse(source)) throw noSource(source, 'it is no address');
  const { get } = await import('../../web.ts');
  return (await get(source, gone, (why, cause) => noSource(source, why, cause))).bytes;
}

const noSource = (source: string, reason: string, cause?: unknown): DrydockError =>
  new DrydockError('API_INVALID', `fromSrc=${source}: ${reason}`, {
    hint: '-, or an address that leads to an archive',
    cause,
  });

async function saved({ store, events }: Engine, names: readonly string[]): Promise<Reply> {
  if (names.length === 0) throw new DrydockError('API_INVALID', 'no images are named', { hint: 'names=busybox' });
  const archive = await saveImages(store, names);
  for (const name of names) events.emit('image', 'save', name, { name });
  return bytes(archive, TAR);
}

function registryOptions(call: Call, { domain }: Reference): RegistryOptions {
  return { ...call.surroundings.registry, credentials: credentialsFor(call, domain) };
}
