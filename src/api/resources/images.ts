/** `/images`: what is here, by name. How images come and go over a network is in transfers.ts. */
import { pruneImages, removeImage, tagImage } from '../../engine/images.ts';
import { historyOf } from '../../images/history.ts';
import { inspectImage } from '../../images/inspect.ts';
import { listImages } from '../../images/list.ts';
import { route, type Route } from '../api.ts';
import type { Filters } from '../../engine/types.ts';
import type { Query } from '../query.ts';
import { empty, json } from '../reply.ts';
import { withTag } from './transfers.ts';

export const images: readonly Route[] = [
  route('GET /images/json', async ({ query }, { store }) => {
    const found = await listImages(store, { all: query.flag('all'), filters: listFilters(query) });
    // Clients that speak 1.43 or less read this one.
    return json(found.map((image) => ({ ...image, VirtualSize: image.Size })));
  }),
  route('GET /images/{name...}/json', async ({ name }, { store }) => json(await inspectImage(store, name))),
  route('GET /images/{name...}/history', async ({ name }, { store }) => json(await historyOf(store, name))),
  route('POST /images/{name...}/tag', async ({ name, query }, engine) => {
    await tagImage(engine, name, withTag(query.text('repo') ?? '', query.text('tag')));
    return empty(201, {});
  }),
  route('DELETE /images/{name...}', async ({ name, query }, engine) => {
    const options = { force: query.flag('force'), noPrune: query.flag('noprune') };
    return json(await removeImage(engine, name, options));
  }),
  route('POST /images/prune', async ({ query }, engine) => json(await pruneImages(engine, query.filters()))),
];

/** Before 1.25 a name was a parameter of its own. */
function listFilters(query: Query): Filters {
  const name = query.text('filter');
  return name === undefined ? query.filters() : { ...query.filters(), reference: [name] };
}
