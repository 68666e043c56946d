/** `/containers`: their life. What they say is in container-streams.ts, what is in them in container-files.ts. */
import { createContainer } from '../../engine/create.ts';
import { inspectContainer } from '../../engine/inspect.ts';
import { killContainer } from '../../engine/kill.ts';
import { listContainers } from '../../engine/list.ts';
import { pauseContainer, unpauseContainer } from '../../engine/pause.ts';
import { removeContainer } from '../../engine/remove.ts';
import { renameContainer } from '../../engine/rename.ts';
import { startContainer } from '../../engine/start.ts';
import { restartContainer, stopContainer } from '../../engine/stop.ts';
import type { WaitCondition } from '../../engine/types.ts';
import { waitContainer } from '../../engine/wait.ts';
import { DrydockError } from '../../errors.ts';
import { route, type Route } from '../api.ts';
import { platformOf, type Query } from '../query.ts';
import { created, empty, json, later } from '../reply.ts';
import { createRequest } from '../schemas/containers.ts';

const stopWanted = (query: Query): { signal?: string; timeout?: number } => ({
  signal: query.text('signal'),
  timeout: query.number('t'),
});

export const containers: readonly Route[] = [
  route('GET /containers/json', async ({ query }, engine) => {
    const limit = query.number('limit');
    const wanted = { all: query.flag('all'), size: query.flag('size'), filters: query.filters() };
    return json(
      await listContainers(engine, { ...wanted, limit: limit === undefined || limit > 0 ? limit : undefined }),
    );
  }),
  route('POST /containers/create', async (call, engine) => {
    const name = call.query.text('name')?.replace(/^\//, '');
    const platform = platformOf(call.query);
    return created(await createContainer(engine, await call.json(createRequest), name, platform));
  }),
  route('GET /containers/{name}/json', async ({ name, query }, engine) =>
    json(await inspectContainer(engine, name, { size: query.flag('size') })),
  ),
  route('POST /containers/{name}/start', async ({ name }, engine) => {
    await startContainer(engine, name);
    return empty();
  }),
  route('POST /containers/{name}/stop', async ({ name, query }, engine) => {
    await stopContainer(engine, name, stopWanted(query));
    return empty();
  }),
  route('POST /containers/{name}/restart', async ({ name, query }, engine) => {
    await restartContainer(engine, name, stopWanted(query));
    return empty();
  }),
  route('POST /containers/{name}/kill', async ({ name, query }, engine) => {
    await killContainer(engine, name, query.text('signal'));
    return empty();
  }),
  route('POST /containers/{name}/pause', async ({ name }, engine) => {
    await pauseContainer(engine, name);
    return empty();
  }),
  route('POST /containers/{name}/unpause', async ({ name }, engine) => {
    await unpauseContainer(engine, name);
    return empty();
  }),
  route('POST /containers/{name}/rename', async ({ name, query }, engine) => {
    await renameContainer(engine, name, query.text('name')?.replace(/^\//, '') ?? '');
    return empty();
  }),
  route('POST /containers/{name}/wait', ({ name, query, gone }, engine) =>
    // Why one could not be started is the answer to `start`; docker would print it twice.
    later(
      waitContainer(engine, name, conditionOf(query)).then(({ StatusCode, NotRemoved: Message }) => ({
        Error: Message === undefined ? null : { Message },
        StatusCode,
      })),
      gone,
    ),
  ),
  route('DELETE /containers/{name}', async ({ name, query }, engine) => {
    const wanted = { force: query.flag('force'), volumes: query.flag('v'), link: query.flag('link') };
    await removeContainer(engine, name, wanted);
    return empty();
  }),
];

const conditions: readonly WaitCondition[] = ['not-running', 'next-exit', 'removed'];

function conditionOf(query: Query): WaitCondition | undefined {
  const text = query.text('condition');
  const condition = conditions.find((one) => one === text);
  if (condition !== undefined || text === undefined) return condition;
  throw new DrydockError('API_INVALID', `invalid condition: "${text}"`, { hint: `one of ${conditions.join(', ')}` });
}
