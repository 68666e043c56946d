/** What containers use and may use: stats, top, update; and what is left of them: commit, prune. */
import { commitContainer } from '../../engine/commit.ts';
import { pruneContainers } from '../../engine/prune.ts';
import { containerStats } from '../../engine/stats.ts';
import { topContainer } from '../../engine/top.ts';
import { updateContainer } from '../../engine/update.ts';
import { DrydockError } from '../../errors.ts';
import { route, type Route } from '../api.ts';
import { created, json, lines } from '../reply.ts';
import { containerConfig } from '../schemas/containers.ts';
import { updateRequest } from '../schemas/host-config.ts';

export const containerNumbers: readonly Route[] = [
  route('GET /containers/{name}/stats', async ({ name, query, gone }, engine) => {
    const stream = query.flag('stream', true);
    const readings = containerStats(engine, name, { stream, oneShot: query.flag('one-shot') });
    if (stream) return lines(readings, gone);
    const { value } = await readings.next();
    return json(value);
  }),
  route('GET /containers/{name}/top', async ({ name, query }, engine) =>
    json(await topContainer(engine, name, query.text('ps_args'))),
  ),
  route('POST /containers/{name}/update', async (call, engine) =>
    json(await updateContainer(engine, call.name, await call.json(updateRequest))),
  ),
  route('POST /containers/prune', async ({ query }, engine) => json(await pruneContainers(engine, query.filters()))),
  route('POST /commit', async (call, engine) => {
    const { query } = call;
    const container = query.text('container');
    if (container === undefined)
      throw new DrydockError('API_INVALID', 'POST /commit names no container', { hint: 'container=NAME' });
    const config = await call.jsonIfAny(containerConfig);
    return created(
      await commitContainer(engine, container, {
        ...{ repo: query.text('repo'), tag: query.text('tag'), comment: query.text('comment') },
        ...{ author: query.text('author'), changes: query.list('changes').flatMap((one) => one.split('\n')) },
        ...{ pause: query.flag('pause', true), config },
      }),
    );
  }),
];
