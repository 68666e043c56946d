/** An engine with folders of its own, for the containers of this lesson that run; all of it goes when the body has ended. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as engines from '../../src/engine/index.ts';
import { unmountAll } from '../../src/snapshots/mount.ts';
import { readMountinfo } from '../../src/linux/mountinfo.ts';

/** The operations, ours or rebuilt around a learner's functions. */
export type Operations = Pick<
  typeof engines,
  'openEngine' | 'createContainer' | 'startContainer' | 'removeContainer' | 'waitContainer'
>;

export interface Harbour {
  readonly engine: engines.Engine;
  /** `docker create` of the lab that runs a line of shell; `host` says which volumes it has. Its name is the answer. */
  create(name: string, script: string, host?: engines.HostConfig): Promise<string>;
  /** `docker start`; the pid of its first process. */
  start(name: string): Promise<number>;
  /** `docker wait` */
  ended(name: string): Promise<void>;
  /** `docker rm -f -v` */
  remove(name: string): Promise<void>;
}

export async function withEngine<T>(operations: Operations, body: (harbour: Harbour) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(process.env.DRYDOCK_RUN ?? tmpdir(), 'engine-'));
  const { openEngine, createContainer, startContainer, removeContainer, waitContainer } = operations;
  const engine = await openEngine({ root: join(folder, 'root'), run: join(folder, 'run'), driver: 'overlay' });
  const remove = (name: string): Promise<void> => removeContainer(engine, name, { force: true, volumes: true });
  try {
    return await body({
      engine,
      remove,
      async create(name, script, host = {}) {
        const request = { Image: 'lab', Cmd: ['sh', '-c', script], HostConfig: { NetworkMode: 'none', ...host } };
        await createContainer(engine, request, name);
        return name;
      },
      async start(name) {
        await startContainer(engine, name);
        return engine.containers.find(name).record.State.Pid;
      },
      ended: async (name) => void (await waitContainer(engine, name)),
    });
  } finally {
    for (const { id } of engine.containers.all()) await remove(id);
    await engine.close();
    for (const { mountPoint } of readMountinfo()) if (mountPoint.startsWith(folder)) unmountAll(mountPoint);
    rmSync(folder, { recursive: true });
  }
}

/** Line of /proc/PID/mountinfo for a place, as far as it says what lies there: the folder of which file system. */
export function mountedAt(pid: number, place: string): string {
  const found = readMountinfo(pid).find(({ mountPoint }) => mountPoint === place);
  return found ? `${found.root} (${found.type})` : 'nothing';
}

/** A file in a volume, as the host sees it. */
export function inVolume({ engine }: Pick<Harbour, 'engine'>, name: string, file: string): string {
  return readFileSync(join(engine.volumes.inspect(name).Mountpoint, file), 'utf8');
}
