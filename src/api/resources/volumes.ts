/** `/volumes`. */
import { route, type Route } from '../api.ts';
import { created, empty, json } from '../reply.ts';
import { volumeRequest } from '../schemas/volumes.ts';

export const volumes: readonly Route[] = [
  route('GET /volumes', ({ query }, engine) => json({ Volumes: engine.volumes.list(query.filters()), Warnings: null })),
  route('POST /volumes/create', async (call, engine) =>
    created(await engine.volumes.create((await call.jsonIfAny(volumeRequest)) ?? {})),
  ),
  route('POST /volumes/prune', async ({ query }, engine) => json(await engine.volumes.prune(query.filters()))),
  route('GET /volumes/{name}', ({ name }, engine) => json(engine.volumes.inspect(name))),
  route('DELETE /volumes/{name}', async ({ name, query }, engine) => {
    await engine.volumes.remove(name, { force: query.flag('force') });
    return empty();
  }),
];
