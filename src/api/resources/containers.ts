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
import type { Call } from '../call.ts';
import { asOfNow } from '../older.ts';
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
    return created(
      await createContainer(engine, asOfNow(await call.json(createRequest), call.version), name, platform),
    );
  }),
  route('GET /containers/{name}/json', async ({ name, query }, engine) =>
    json(await inspectContainer(engine, name, { size: query.flag('size') })),
  ),
  route('POST /containers/{name}/start', async (call, engine) => {
    refuseOldStart(call);
    await startContainer(engine, call.name);
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
  route('GET /containers/{name}/checkpoints', noCheckpoints),
  route('POST /containers/{name}/checkpoints', noCheckpoints),
  route('DELETE /containers/{name}/checkpoints/{checkpoint}', noCheckpoints),
  route('DELETE /containers/{name}', async ({ name, query }, engine) => {
    const wanted = { force: query.flag('force'), volumes: query.flag('v'), link: query.flag('link') };
    await removeContainer(engine, name, wanted);
    return empty();
  }),
];

function noCheckpoints(): never {
  throw new DrydockError('UNSUPPORTED', 'containers have no checkpoints here', {
    hint: 'Docker has them as an experiment, with CRIU; `pause` keeps a container in memory',
  });
}

/** The longest body that says nothing: `{}`, `null`, or one of them with a line end (moby, postContainersStart). */
const NOTHING = 7;

/** Up to 1.21 a container was described at its start. Who still does would have everything of it forgotten silently. */
function refuseOldStart(call: Call): void {
  if (call.query.text('checkpoint') !== undefined) noCheckpoints();
  if (call.header('transfer-encoding') === undefined && Number(call.header('content-length') ?? 0) <= NOTHING) return;
  const message = 'starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24';
  throw new DrydockError('API_INVALID', message, { hint: 'HostConfig belongs to POST /containers/create' });
}

const conditions: readonly WaitCondition[] = ['not-running', 'next-exit', 'removed'];

function conditionOf(query: Query): WaitCondition | undefined {
  const text = query.text('condition');
  const condition = conditions.find((one) => one === text);
  if (condition !== undefined || text === undefined) return condition;
  throw new DrydockError('API_INVALID', `invalid condition: "${text}"`, { hint: `one of ${conditions.join(', ')}` });
}
