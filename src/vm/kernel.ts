/**
 * A kernel of Debian's, out of its package, without being installed: vmlinuz and modules in a folder of ours.
 *
 * What has been unpacked stays, and is used without asking anybody again: a class room may be offline.
 */
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { output } from './command.ts';
import { aptOf, suites, type Series } from './debian.ts';
import { vmFolder } from './folder.ts';

export interface Kernel {
  readonly series: Series;
  /** `6.1.0-56-amd64`, as `uname -r` says. */
  readonly release: string;
  readonly image: string;
  /** The folder with `modules.dep` in it. */
  readonly modules: string;
}

/** The kernel of a series; fetched once. `say` is told when that takes time. Throws VM_LACKS, VM_FAILED. */
export function kernel(series: Series, say: (line: string) => void): Kernel {
  const kept = join(vmFolder(), 'kernels', series);
  const folder = versions(kept)[0] ?? fetchKernel(series, kept, say);
  const boot = join(folder, 'boot');
  const image = readdirSync(boot).find((file) => file.startsWith('vmlinuz-'))!;
  const release = image.slice('vmlinuz-'.length);
  return { series, release, image: join(boot, image), modules: modulesFolder(folder, release) };
}

/** Since trixie the modules lie below usr/lib. */
function modulesFolder(folder: string, release: string): string {
  const found = ['lib', 'usr/lib'].map((lib) => join(folder, lib, 'modules', release));
  const there = found.find((path) => isFolder(path));
  if (there) return there;
  throw new DrydockError('VM_FAILED', `the kernel in ${folder} has no modules`, { hint: `rm -r '${folder}'` });
}

function isFolder(path: string): boolean {
  return names(path).length > 0;
}

function versions(folder: string): string[] {
  return names(folder)
    .filter((name) => !name.endsWith('.new'))
    .map((name) => join(folder, name));
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Fetches and unpacks the present package of the series; complete, or not there at all. */
function fetchKernel(series: Series, kept: string, say: (line: string) => void): string {
  const env = aptOf(series);
  say(`asking for the kernel of Debian ${suites[series]}`);
  output('apt-get', ['update', '-q'], { env });
  const depends = output('apt-cache', ['depends', 'linux-image-amd64'], { env });
  const name = /Depends: (\S+)/.exec(depends)?.[1];
  if (!name) throw new DrydockError('VM_FAILED', `Debian ${suites[series]} has no linux-image-amd64`);
  const fresh = join(kept, `${name}.new`);
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  say(`fetching and unpacking ${name}`);
  output('apt-get', ['download', '-q', name], { cwd: fresh, env });
  const archive = join(
    fresh,
    readdirSync(fresh).find((file) => file.endsWith('.deb'))!,
  );
  output('dpkg-deb', ['-x', archive, fresh]);
  rmSync(archive);
  const folder = join(kept, name);
  renameSync(fresh, folder);
  return folder;
}
