/**
 * Volumes with containers that are nothing but records: what an engine asks of them and what it does is real, and nothing
 * is started. And the tree of an image, with something beside it that is not the image's.
 */
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Container } from '../../src/engine/container.ts';
import type { ContainerRecord, HostConfig } from '../../src/engine/types.ts';
import type * as volumes from '../../src/engine/volumes/volumes.ts';
import { DrydockError } from '../../src/errors.ts';
import type { Bench } from '../../src/learn/check/check.ts';

export interface Shelf {
  readonly volumes: volumes.EngineVolumes;
  /** A container with these volumes, as `create` makes it. */
  made(id: string, host: HostConfig): Promise<ContainerRecord>;
  /** One that is still being made: the others do not see it yet. */
  making(id: string, host: HostConfig): Promise<ContainerRecord>;
  /** `rm -v` */
  remove(record: ContainerRecord): Promise<void>;
  /** Whether the folder is there. */
  has(name: string): boolean;
  /** Names of all of them, those that nobody has named as `(64 digits)`. */
  names(): string;
}

const scratch = (): string => mkdtempSync(join(process.env.DRYDOCK_RUN ?? tmpdir(), 'volumes-'));

/** Runs `body` with the learner's volumes in a folder of their own; everything goes with it. */
export async function withVolumes(t: Bench, body: (shelf: Shelf) => Promise<void>): Promise<void> {
  const { openVolumes } = await t.part<typeof volumes>('src/engine/volumes/volumes.ts');
  const root = scratch();
  const containers: Container[] = [];
  const find = (name: string): Container => {
    const found = containers.find(({ id }) => id === name);
    if (found) return found;
    throw new DrydockError('NO_SUCH_CONTAINER', `No such container: ${name}`);
  };
  const engine = openVolumes({ root, containers: { all: () => containers, find }, events: { emit: () => undefined } });
  const making = async (Id: string, host: HostConfig): Promise<ContainerRecord> => {
    const record = { Id, HostConfig: host, Config: {}, Mounts: [], State: { Running: false } };
    const whole = record as unknown as ContainerRecord;
    whole.Mounts = await engine.resolve(whole);
    return whole;
  };
  try {
    await body({
      volumes: engine,
      making,
      async made(id, host) {
        const record = await making(id, host);
        containers.push({ id, record } as Container);
        await engine.mount(record);
        await engine.unmount(record);
        return record;
      },
      async remove(record) {
        await engine.release(record, true);
        containers.splice(containers.findIndex(({ id }) => id === record.Id) >>> 0, 1);
      },
      has: (name) => existsSync(join(root, 'volumes', name)),
      names() {
        const all = engine.list().map(({ Name }) => (Name.length === 64 ? '(64 digits)' : Name));
        return all.sort().join(' ') || 'none';
      },
    });
  } finally {
    rmSync(root, { recursive: true });
  }
}

export interface Tree {
  /** The image's root; `srv/data` in it belongs to 1000:50, mode 2750, and has files. */
  readonly tree: string;
  /** A folder beside it, with a file `key`. */
  readonly secret: string;
  /** An empty folder of a new volume. */
  readonly folder: string;
}

/** Runs `body` with one; everything goes with it. */
export async function withTree<T>(body: (around: Tree) => Promise<T> | T): Promise<T> {
  const root = scratch();
  const around = { tree: join(root, 'image'), secret: join(root, 'secret'), folder: join(root, 'volume') };
  const data = join(around.tree, 'srv/data');
  try {
    for (const path of [join(data, 'log'), around.secret, around.folder]) mkdirSync(path, { recursive: true });
    writeFileSync(join(data, 'motd'), 'of the image\n', { mode: 0o640 });
    writeFileSync(join(data, 'log/old'), '', { mode: 0o600 });
    for (const path of ['motd', 'log', 'log/old', '.']) chownSync(join(data, path), 1000, 50);
    chmodSync(join(data, 'log'), 0o1777);
    chmodSync(data, 0o2750);
    writeFileSync(join(around.secret, 'key'), 'of the host\n');
    return await body(around);
  } finally {
    rmSync(root, { recursive: true });
  }
}
