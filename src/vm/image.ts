/**
 * The guest's root file system, of Debian's packages alone: mmdebstrap makes an archive, vm/debian/pack.sh an ext4 image
 * of it. Nothing is mounted for that, and an ordinary user does it in a user namespace.
 *
 * Invariant: an image is named after all that has gone into it, and is there whole or not at all. Who changes
 * the list of packages gets another one; guests that have begun on the old one go on with it.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { projectHome } from '../linux/native.ts';
import { needPrograms, output } from './command.ts';
import { sourceOf, suites, userland, type Series } from './debian.ts';
import { vmFolder } from './folder.ts';
import type { Kernel } from './kernel.ts';

/** The archive, the unpacked tree and the image, while it is made. */
const GIGABYTES = 3;

const recipe = (name: string): string => join(projectHome(), 'vm/debian', name);

/** The programs that make an image. */
export function builders(): string[] {
  const alone = process.getuid!() === 0 ? [] : ['newuidmap', 'unshare'];
  return ['mmdebstrap', 'mke2fs', 'xz', 'tar', ...alone];
}

/** Whether a kernel of the series has an image already: perhaps not the one that is wanted today. */
export function hasImage(series: Series): boolean {
  const folder = join(vmFolder(), 'images');
  return (
    existsSync(folder) && readdirSync(folder).some((name) => name.startsWith(`${series}-`) && !name.endsWith('.new'))
  );
}

/** The image for a kernel; made when it is not there. `say` is told what takes time. Throws VM_LACKS, VM_FAILED. */
export function image(kernel: Kernel, say: (line: string) => void): string {
  const folder = join(vmFolder(), 'images', `${kernel.series}-${fingerprint(kernel)}`);
  if (!existsSync(folder)) makeImage(kernel, folder, say);
  return join(folder, 'root.ext4');
}

/** Twelve digits of everything that an image is made of, but for the packages' own versions. */
function fingerprint(kernel: Kernel): string {
  const hash = createHash('sha256').update(kernel.release).update(userland[kernel.series]);
  for (const file of ['packages', 'pack.sh']) hash.update(readFileSync(recipe(file)));
  return hash.digest('hex').slice(0, 12);
}

function makeImage(kernel: Kernel, folder: string, say: (line: string) => void): void {
  const isRoot = process.getuid!() === 0;
  needPrograms(...builders());
  mkdirSync(vmFolder(), { recursive: true });
  needRoom(vmFolder());
  const fresh = `${folder}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const archive = join(fresh, 'root.tar');
  const packagesOf = userland[kernel.series];
  say(`installing Debian ${suites[packagesOf]} into an image (some minutes, once)`);
  output('mmdebstrap', [
    ...['--quiet', `--mode=${isRoot ? 'root' : 'unshare'}`, '--variant=essential', `--include=${packages()}`],
    ...['doc', 'man', 'locale', 'info'].map((part) => `--dpkgopt=path-exclude=/usr/share/${part}/*`),
    ...[suites[packagesOf], archive, sourceOf(packagesOf)],
  ]);
  say('packing it');
  // In a user namespace of its own an ordinary user may give files to anybody: mke2fs writes the owners that it sees.
  const alone = isRoot ? [] : ['unshare', '--map-root-user', '--map-auto', '--'];
  const [program, ...words] = [...alone, 'sh', recipe('pack.sh'), archive, kernel.modules, join(fresh, 'root.ext4')];
  output(program, words);
  rmSync(archive);
  renameSync(fresh, folder);
}

function packages(): string {
  const lines = readFileSync(recipe('packages'), 'utf8').split('\n');
  return lines
    .flatMap((line) => line.replace(/#.*/, '').trim().split(/\s+/))
    .filter(Boolean)
    .join();
}

function needRoom(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = (bavail * bsize) / 2 ** 30;
  if (free >= GIGABYTES) return;
  throw new DrydockError('VM_LACKS', `${folder} has ${free.toFixed(1)} GB left, and an image needs ${GIGABYTES}`, {
    hint: 'make room, or name a folder on another disk: DRYDOCK_VM=FOLDER ./drydock vm up',
  });
}
