/**
 * What this kernel's overlay is like, and what stands in for what it lacks.
 *
 * Nothing is concluded from a version: two directories are stacked, a file is deleted, and what is left of it is looked at.
 * That also finds the file systems on which overlay can only read (another overlay, NFS), and a name or a mark of its own:
 * Ubuntu's type was `overlayfs` before Linux had one.
 *
 * Three of its features are switched off where a kernel has them, because they write into `fs` what no other kernel, and
 * no layer's archive, can say: a renamed directory as a note where it was (`redirect_dir`; programs get EXDEV and copy, as
 * across file systems), a file without its data (`metacopy`), and handles of the machine (`index`). Notes of that kind are
 * not followed either: a hostile layer could point anywhere with one.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { features } from '../linux/features.ts';
import { isSyscallError } from '../linux/calls.ts';
import { S_IFCHR, S_IFMT } from '../linux/constants.ts';
import { errorName } from '../linux/errno.ts';
import { tryLock, type Lock } from '../linux/lock.ts';
import { MERGED } from './aside.ts';
import { unsupported } from './driver.ts';
import { TREE } from './links.ts';
import { mountAll, unmountAll, withMounted, type Mount } from './mount.ts';
import { escaped } from './option-page.ts';
import { copyTree } from './tree.ts';

export interface OverlayKind {
  readonly type: 'overlay' | 'overlayfs';
  /** Linux 4.0. */
  readonly manyLowers: boolean;
  /** In a user namespace the marks must be attributes that need no power outside (Linux 5.11). */
  readonly userxattr: boolean;
  /** In every mount. */
  readonly options: readonly string[];
}

/** A stack of one directory on another, as it stands in a folder. */
interface Pair {
  readonly lower: string;
  readonly upper: string;
  readonly work: string;
}

const pairMount = ({ lower, upper, work }: Pair, { type, options }: Pick<OverlayKind, 'type' | 'options'>): Mount => ({
  type,
  source: 'overlay',
  options: [`lowerdir=${escaped(lower, ':')}`, `upperdir=${escaped(upper)}`, `workdir=${escaped(work)}`, ...options],
});

function switchedOff(): string[] {
  const knows = (parameter: string): boolean => existsSync(`/sys/module/overlay/parameters/${parameter}`);
  const redirects = knows('redirect_always_follow')
    ? ['redirect_dir=nofollow']
    : knows('redirect_dir')
      ? ['redirect_dir=off']
      : [];
  return [...redirects, ...['metacopy', 'index'].filter(knows).map((name) => `${name}=off`)];
}

/** In the first user namespace all ids are themselves. */
const inUserNamespace = (): boolean => !/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'));

const TRIAL = '.trial-';
let count = 0;

/** Finds out by trying, in a folder of its own. Throws DRIVER_UNSUPPORTED, with what was seen. */
export function tryOverlay(root: string): OverlayKind {
  const type = /^nodev\toverlayfs$/m.test(readFileSync('/proc/filesystems', 'utf8')) ? 'overlayfs' : 'overlay';
  const userxattr = inUserNamespace();
  const options = [...(userxattr ? ['userxattr'] : []), ...switchedOff()];
  const trial = join(root, `${TRIAL}${process.pid}-${count++}`);
  mkdirSync(trial, { mode: 0o700 });
  const held = tryLock(trial) as Lock;
  try {
    stackAndDelete(trial, type, options);
  } finally {
    held.release();
    removeTrial(trial);
  }
  return { type, manyLowers: features().overlayMultiLower, userxattr, options };
}

function stackAndDelete(trial: string, type: OverlayKind['type'], options: readonly string[]): void {
  const part = (name: string): string => join(trial, name);
  const pair = { lower: part('lower'), upper: part('upper'), work: part('work') };
  for (const name of ['lower', 'upper', 'work', MERGED]) mkdirSync(part(name));
  writeFileSync(join(pair.lower, 'file'), '');
  try {
    mountAll([pairMount(pair, { type, options })], part(MERGED));
    rmSync(join(part(MERGED), 'file'));
  } catch (error) {
    if (!isSyscallError(error) && (error as NodeJS.ErrnoException).errno === undefined) throw error;
    const number = Math.abs((error as { errno: number }).errno);
    throw unsupported(
      'overlay',
      `a trial in ${trial} was refused (${errorName(number)}); its file system may not serve as an upper directory`,
      error,
    );
  }
  const { mode, rdev } = statSync(join(pair.upper, 'file'), { throwIfNoEntry: false }) ?? { mode: 0, rdev: 1 };
  if ((mode & S_IFMT) !== S_IFCHR || rdev !== 0)
    throw unsupported('overlay', `what it leaves of a deleted file in ${trial} is no character device 0:0`);
}

function removeTrial(trial: string): void {
  unmountAll(join(trial, MERGED));
  rmSync(trial, { recursive: true });
}

/** Trials of those who were killed. */
export function removeTrials(root: string): string[] {
  return readdirSync(root)
    .filter((name) => name.startsWith(TRIAL))
    .flatMap((name) => {
      const held = tryLock(join(root, name));
      if (!held || held === 'held') return [];
      removeTrial(join(root, name));
      held.release();
      return [`removed the trial ${name}`];
    });
}

/** In the folder of a layer: the layer and all below it as one tree. */
export const FLAT = 'flat';

/**
 * Where overlay takes one lower directory, a stack becomes one: the kernel stacks the next layer on what has been made of
 * those below, and that is copied, from the nearest that has been flattened before, or from the base. It is made in the folder
 * of the snapshot that needs it first, which nobody else knows yet, and given to the nearest layer, for all who come after.
 */
export async function flatten(folder: string, layers: readonly string[], kind: OverlayKind): Promise<void> {
  const goal = join(layers[0]!, FLAT);
  const done = layers.findIndex((layer) => existsSync(join(layer, FLAT)));
  if (done === 0) return;
  let below = done < 0 ? join(layers.at(-1)!, TREE) : join(layers[done]!, FLAT);
  const above = layers.slice(0, done < 0 ? -1 : done).reverse();
  for (const [height, layer] of above.entries()) {
    const copy = join(folder, `${FLAT}-${height}`);
    await copyStacked({ lower: below, upper: join(layer, TREE), work: `${copy}-work` }, folder, copy, kind);
    if (height > 0) rmSync(below, { recursive: true });
    below = copy;
  }
  try {
    renameSync(below, goal);
  } catch (error) {
    // Somebody else was faster, and what it has made is the same.
    if (!existsSync(goal)) throw error;
    rmSync(below, { recursive: true });
  }
}

async function copyStacked(pair: Pair, folder: string, copy: string, kind: OverlayKind): Promise<void> {
  mkdirSync(pair.work);
  const { options, ...mount } = pairMount(pair, kind);
  const mounts = [{ ...mount, options: [...options, 'ro'] }];
  await withMounted(mounts, join(folder, MERGED), (merged) => copyTree(merged, copy));
  rmSync(pair.work, { recursive: true });
}
