/** One engine for all tests of a `describe`, and short ways to have a container with a name in it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  createContainer,
  removeContainer,
  startContainer,
  waitContainer,
  type CreateRequest,
  type Engine,
  type HostConfig,
} from '../../../src/engine/index.ts';
import { rootfsOf } from '../../../src/engine/rootfs.ts';
import { until } from '../support.ts';
import { closed, freshPlaces, opened, sh } from './support.ts';

export interface Boxes {
  engine: Engine;
  /** Makes one that runs these lines in a shell, and answers its name. */
  make(name: string, script: string, host?: HostConfig, more?: Partial<CreateRequest>): Promise<string>;
  /** Makes it and starts it. */
  run: Boxes['make'];
  /** Waits until it has made the file /ready. */
  ready(name: string): Promise<unknown>;
  ended(name: string): Promise<unknown>;
}

/** To be called in a `describe`; what it answers can be used in its tests. Each test's containers go after it. */
export function boxes(): Boxes {
  const all: Boxes = {
    engine: undefined as unknown as Engine, // before the first test
    async make(name, script, host, more) {
      await createContainer(all.engine, sh(script, host, more), name);
      return name;
    },
    async run(...asked) {
      const name = await all.make(...asked);
      await startContainer(all.engine, name);
      return name;
    },
    ready(name) {
      const file = join(rootfsOf(all.engine.containers.find(name).folder), 'ready');
      return until('/ready', () => existsSync(file));
    },
    ended: (name) => waitContainer(all.engine, name),
  };
  before(async () => {
    all.engine = await opened(freshPlaces());
  });
  afterEach(async () => {
    for (const { id } of all.engine.containers.all())
      await removeContainer(all.engine, id, { force: true, volumes: true });
  });
  after(() => closed(all.engine));
  return all;
}
