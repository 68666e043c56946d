/**
 * An archive that somebody hostile may have made, unpacked below a folder of this machine.
 *
 * Invariant: nothing outside of the folder is written or changed. A name with `..` is refused; a symbolic link in the
 * middle of a path is refused, whether the archive has brought it or it was there (CVE-2019-14271's family: `x -> /etc`,
 * then `x/passwd`); what is there under the last name is removed, never written through. The folder is the person's own:
 * nobody else changes it meanwhile, which is why names suffice and the engine's descriptors (src/linux/rooted.ts) are not needed.
 */
import { createWriteStream, lstatSync, type Stats } from 'node:fs';
import { chmod, link, lutimes, mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DrydockError } from '../../errors.ts';
import { readTar } from '../../layers/tar/read.ts';
import type { Entry, ReadEntry } from '../../layers/types.ts';

export interface Place {
  /** Everything goes below it. */
  readonly folder: string;
  /** In place of the first part of every name; without it names are taken as they are. */
  readonly name?: string;
}

/** How many bytes of files it was. */
export async function untar(archive: AsyncIterable<Uint8Array>, place: Place): Promise<number> {
  await mkdir(place.folder, { recursive: true });
  const folders: { path: string; entry: Entry }[] = [];
  let size = 0;
  for await (const entry of readTar(archive)) {
    const path = pathOf(entry.path, place);
    await make(entry, path, place);
    if (entry.type === 'directory') folders.push({ path, entry });
    else await finish(path, entry);
    size += entry.size;
  }
  // What is written into a folder changes its time, so the innermost come first.
  for (const { path, entry } of folders.reverse()) await finish(path, entry);
  return size;
}

function pathOf(name: Buffer, { folder, name: first }: Place): string {
  const text = name.toString();
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw unsafe(text, 'it leads out of the folder');
  if (first !== undefined) parts.splice(0, 1, first);
  let at = folder;
  for (const part of parts.slice(0, -1)) {
    at = join(at, part);
    if (lookAt(at)?.isSymbolicLink()) throw unsafe(text, `${at} is a symbolic link`);
  }
  return join(folder, ...parts);
}

async function make(entry: ReadEntry, path: string, place: Place): Promise<void> {
  const there = lookAt(path);
  if (entry.type === 'directory') {
    if (there?.isDirectory()) return;
    if (there) throw new DrydockError('UNSAFE_PATH', `cannot overwrite non-directory ${path} with directory`);
    return void (await mkdir(path, { recursive: true }));
  }
  if (there?.isDirectory())
    throw new DrydockError('UNSAFE_PATH', `cannot overwrite directory ${path} with non-directory`);
  if (there) await rm(path);
  await mkdir(dirname(path), { recursive: true });
  if (entry.type === 'file')
    await pipeline(Readable.from(entry.data()), createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  else if (entry.type === 'symlink') await symlink(entry.target!, path);
  else if (entry.type === 'link') await link(pathOf(entry.target!, place), path);
  else
    throw new DrydockError('UNSUPPORTED', `${path} is a ${entry.type} in the container, and is not made here`, {
      hint: 'copy to - and unpack the archive with tar, as root',
    });
}

async function finish(path: string, { type, mode, mtime }: Entry): Promise<void> {
  if (type === 'link') return; // it is another name for what has been finished
  if (type !== 'symlink') await chmod(path, mode);
  const time = mtime.seconds + mtime.nanoseconds / 1e9;
  await lutimes(path, time, time);
}

const lookAt = (path: string): Stats | undefined => lstatSync(path, { throwIfNoEntry: false });

const unsafe = (name: string, why: string): DrydockError =>
  new DrydockError('UNSAFE_PATH', `the archive has an entry ${JSON.stringify(name)}, and ${why}`);
