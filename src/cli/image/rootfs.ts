/**
 * The root file system of a container that was made of an image: its layers, mounted.
 *
 * An isolator although it isolates nothing, as the lab's (src/lab/rootfs.ts): what it takes is claimed before it is made, so
 * that whatever crashes, `doctor --repair` finds the mount and the layers by the claim.
 *
 * The layers are made before there is a container whose claims they could be among. So the folder has the claim, too, from
 * the moment at which it has its name, and `run` holds its lock: a folder that nobody holds is of a `run` that was killed.
 *
 *     DRYDOCK_ROOT/runs/<id>/claim.json    what may have to be given back
 *                          /rootfs        where the layers are mounted
 *                          /look          the same for a moment, to look something up in the image
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeDurably } from '../../content/durable.ts';
import { mountLayers, rootfsOf } from '../../engine/rootfs.ts';
import { removeLayers } from '../../images/init-layer.ts';
import { removeLeftovers } from '../../images/unpack.ts';
import { tryLock, type Lock } from '../../linux/lock.ts';
import { makeFolders } from '../../linux/make-folders.ts';
import type { Isolator } from '../../runtime/isolator.ts';
import { openSnapshots } from '../../snapshots/choose.ts';
import { unmountAll, type Mount } from '../../snapshots/mount.ts';

export type Claim = {
  readonly id: string;
  /** DRYDOCK_ROOT/runs/<id>. */
  readonly folder: string;
  /** Where the snapshots are, and whose. */
  readonly snapshots: string;
  readonly driver: string;
};

export { rootfsOf };
export const lookOf = (folder: string): string => join(folder, 'look');

const CLAIM = 'claim.json';
/** Of a folder that has no claim yet. */
const MAKING = '.new';

/** Makes the folder of a run, with its claim, and holds it. */
export async function reserve(claim: Claim): Promise<Lock> {
  const making = `${claim.folder}${MAKING}`;
  makeFolders(dirname(making), 0o700);
  mkdirSync(making, { mode: 0o700 });
  const held = tryLock(making) as Lock;
  await writeDurably(join(making, CLAIM), JSON.stringify(claim));
  renameSync(making, claim.folder);
  return held;
}

/** What runs have left that were killed. Of one that had not even its claim, the folder alone. */
export function leftRuns(place: string): { readonly folder: string; readonly claim?: Claim }[] {
  if (!existsSync(place)) return [];
  return readdirSync(place).flatMap((name) => {
    const folder = join(place, name);
    const path = join(folder, CLAIM);
    const isMaking = name.endsWith(MAKING);
    if (!isMaking && !existsSync(path)) return []; // nothing of ours
    const held = tryLock(folder);
    if (!held || held === 'held') return [];
    held.release();
    return [isMaking ? { folder } : { folder, claim: JSON.parse(readFileSync(path, 'utf8')) as Claim }];
  });
}

/** To put in front of a stack whose spec has `rootfsOf(folder)` as its root. Without mounts it only gives back. */
export function imageRootfs(claim: Claim, mounts: readonly Mount[]): Isolator<Claim> {
  return {
    name: 'image',
    summary: 'the layers of an image as its files',
    claim: () => claim,
    prepare: ({ folder }, _host, spec) => mountLayers(mounts, rootfsOf(folder), spec.process.cwd),
    release: giveBack,
  };
}

/** For `doctor --repair`: whose claims it gives back is in them. */
export const leftImage: Isolator<Claim> = imageRootfs({ id: '', folder: '', snapshots: '', driver: '' }, []);

/** Everything of a container: idempotent. */
export async function giveBack({ id, folder, snapshots: place, driver }: Claim): Promise<void> {
  for (const place of [rootfsOf(folder), lookOf(folder)]) unmountAll(place);
  const snapshots = await openSnapshots(place, driver);
  try {
    await removeLayers({ snapshots }, id);
    await removeLeftovers(snapshots);
  } finally {
    await snapshots.close();
  }
  if (existsSync(folder)) rmSync(folder, { recursive: true });
}
