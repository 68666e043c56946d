/** The files of a container: `cp` in both directions, `diff`, `export`. */
import { getArchive, putArchive, statPath, type PathStat } from '../../engine/archive.ts';
import { containerChanges } from '../../engine/changes.ts';
import { exportContainer } from '../../engine/export.ts';
import { route, type Route } from '../api.ts';
import type { Call } from '../call.ts';
import { bytes, empty, json } from '../reply.ts';

const STAT = 'X-Docker-Container-Path-Stat';
const statHeader = (stat: PathStat): Record<string, string> => ({
  [STAT]: Buffer.from(JSON.stringify(stat)).toString('base64'),
});
const pathOf = ({ query }: Call): string => query.text('path') ?? '';

export const containerFiles: readonly Route[] = [
  route('HEAD /containers/{name}/archive', async (call, engine) =>
    empty(200, statHeader(await statPath(engine, call.name, pathOf(call)))),
  ),
  route('GET /containers/{name}/archive', async (call, engine) => {
    const { stat, archive } = await getArchive(engine, call.name, pathOf(call));
    return bytes(archive, 'application/x-tar', statHeader(stat));
  }),
  route('PUT /containers/{name}/archive', async (call, engine) => {
    const { query } = call;
    const wanted = { noOverwriteDirNonDir: query.flag('noOverwriteDirNonDir'), copyUIDGID: query.flag('copyUIDGID') };
    await putArchive(engine, call.name, pathOf(call), call.bytes, wanted);
    return empty(200);
  }),
  route('GET /containers/{name}/changes', async ({ name }, engine) => json(await containerChanges(engine, name))),
  route('GET /containers/{name}/export', async ({ name }, engine) =>
    bytes(await exportContainer(engine, name), 'application/octet-stream'),
  ),
];
