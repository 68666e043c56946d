/** `/_ping`, and what the engine and its machine are. */
import { diskUsage } from '../../engine/df.ts';
import { engineInfo } from '../../engine/info.ts';
import { engineVersion } from '../../engine/version.ts';
import { DrydockError } from '../../errors.ts';
import { isOlder } from '../admit.ts';
import { API_VERSION, MIN_API_VERSION, route, type Route } from '../api.ts';
import { json, text } from '../reply.ts';

/** Nobody may keep an answer for the next time: it tells whether the engine is there now. */
const UNKEPT = { 'Cache-Control': 'no-cache, no-store, must-revalidate', Pragma: 'no-cache' };

export const system: readonly Route[] = [
  route('GET /_ping', () => text('OK', UNKEPT)),
  route('GET /version', ({ surroundings: { isExperimental } }) =>
    json(engineVersion({ ApiVersion: API_VERSION, MinAPIVersion: MIN_API_VERSION, isExperimental })),
  ),
  route('GET /info', async ({ version, surroundings }, engine) => {
    const info = { ...(await engineInfo(engine)), ExperimentalBuild: surroundings.isExperimental ?? false };
    if (!isOlder(version, '1.25')) return json(info);
    // Only the names, as they were before there was more to say (moby, getInfo).
    return json({ ...info, SecurityOptions: info.SecurityOptions.map((one) => /^name=([^,]*)/.exec(one)![1]) });
  }),
  route('GET /system/df', async (_call, engine) => json(await diskUsage(engine))),
  // `docker inspect NAME` asks here last.
  route('GET /plugins/{name...}/json', ({ name }) => {
    throw new DrydockError('API_NO_SUCH_PAGE', `plugin ${JSON.stringify(name)} not found`, {
      hint: 'this engine has no plugins',
    });
  }),
  route('GET /plugins', () => json([])),
];
