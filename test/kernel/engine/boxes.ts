/**
 * An engine in folders of its own, with the lab as its image, for tests of what it does with containers: `boxes` opens it
 * before the tests of a `describe` and takes everything away after them.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createContainer } from '../../../src/engine/create.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { openEngine } from '../../../src/engine/open.ts';
import { removeContainer } from '../../../src/engine/remove.ts';
import { rootfsOf } from '../../../src/engine/rootfs.ts';
import { startContainer } from '../../../src/engine/start.ts';
import type { CreateRequest } from '../../../src/engine/types.ts';
import { openVolumes } from '../../../src/engine/volumes/volumes.ts';
import type { EngineVolumes } from '../../../src/engine/volumes/volumes.ts';
import { waitContainer } from '../../../src/engine/wait.ts';
import { importTree } from '../../../src/images/import.ts';
import { labRoot } from '../../../src/lab/lab.ts';
import { folder, until } from '../support.ts';

export interface Boxes {
  engine: Engine & { volumes: EngineVolumes };
  /** Makes one without a network, and answers its name. */
  make(name: string, command: string, asked?: Partial<CreateRequest>): Promise<string>;
  /** Makes it and starts it. */
  run(name: string, command: string, asked?: Partial<CreateRequest>): Promise<string>;
  /** Waits until it has made the file /ready. */
  ready(name: string): Promise<unknown>;
  ended(name: string): Promise<unknown>;
}

/** To be called in a `describe`; what it answers can be used in its tests. */
export function boxes(): Boxes {
  let place: string;
  const all = {} as Boxes;
  all.make = async (name, command, { HostConfig, ...asked } = {}) => {
    const request = { Image: 'lab', Cmd: ['sh', '-c', command], ...asked };
    await createContainer(all.engine, { ...request, HostConfig: { NetworkMode: 'none', ...HostConfig } }, name);
    return name;
  };
  all.run = async (name, command, asked) => {
    await startContainer(all.engine, await all.make(name, command, asked));
    return name;
  };
  all.ready = (name) => {
    const file = join(rootfsOf(all.engine.containers.find(name).folder), 'ready');
    return until('/ready', () => existsSync(file));
  };
  all.ended = (name) => waitContainer(all.engine, name);
  before(async () => {
    place = mkdtempSync(join(folder, 'engine-'));
    const engine = await openEngine({ root: join(place, 'root'), run: join(place, 'run') });
    all.engine = Object.assign(engine, { volumes: openVolumes(engine) });
    await importTree(engine.store, await labRoot(join(folder, 'lab')), { tags: ['docker.io/library/lab:latest'] });
  });
  afterEach(async () => {
    for (const { id } of all.engine.containers.all()) await removeContainer(all.engine, id, { force: true, volumes: true });
  });
  after(async () => {
    await all.engine.close();
    rmSync(place, { recursive: true });
  });
  return all;
}
