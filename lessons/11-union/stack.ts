/** A store of snapshots in a folder of its own, with layers, for the checks, the demo and the attacks of this lesson. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Runtime } from '../../src/learn/rebuilt.ts';
import { withMounted } from '../../src/snapshots/mount.ts';
import type { Snapshotter } from '../../src/snapshots/snapshotter.ts';

export interface Stack {
  readonly snapshots: Snapshotter;
  readonly folder: string;
  /** A committed snapshot whose own directory `body` fills. */
  layer(name: string, parent: string | undefined, body: (own: string) => void): Promise<void>;
  /** Runs `body` with what a container on this parent would see. */
  box<T>(parent: string, body: (path: string) => T): Promise<T>;
}

/** Runs `body` with an empty store of the driver overlay; everything goes with it. */
export async function withStack<T>(
  { snapshots: { openSnapshots } }: Pick<Runtime, 'snapshots'>,
  body: (stack: Stack) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(process.env.DRYDOCK_RUN ?? tmpdir(), 'union-'));
  try {
    const snapshots = await openSnapshots(folder, 'overlay');
    return await body({
      snapshots,
      folder,
      async layer(name, parent, fill) {
        await snapshots.prepare(`${name}-key`, parent);
        await snapshots.withTarget(`${name}-key`, (target) => fill(target.folder));
        await snapshots.commit(name, `${name}-key`);
      },
      async box(parent, look) {
        const mounts = await snapshots.prepare('box', parent);
        return withMounted(mounts, join(folder, 'box'), look);
      },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
