/** Into a container: what lies here becomes an archive, and the engine unpacks it. */
import { lstatSync, readdirSync, readlinkSync, realpathSync, statSync, type Stats } from 'node:fs';
import { basename, join, posix, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { writeTar, type WrittenEntry } from '../../layers/tar/write.ts';
import type { CopyWishes } from './copy-out.ts';
import { CommandFailure } from './failure.ts';
import { archivePath, statOf } from './path-stat.ts';
import { sentFile } from './sent-file.ts';

export async function sendArchive({ client, takesUser }: CopyWishes, container: string, path: string): Promise<void> {
  const there = await statOf(client, container, path);
  if (!there?.isDirectory) throw new CommandFailure(`destination "${container}:${path}" must be a directory`);
  const query = {
    path: there.path,
    noOverwriteDirNonDir: 'true',
    copyUIDGID: takesUser ? 'true' : undefined,
  };
  await client.done('PUT', archivePath(container), { query, body: process.stdin });
}

/** How many bytes it was. */
export async function copyIn(wishes: CopyWishes, source: string, container: string, path: string): Promise<number> {
  const { client, followsLink, takesUser } = wishes;
  const here = sourceOf(source, followsLink);
  const there = await statOf(client, container, path);
  const { folder, name } = placeOf(here, path, there);
  const counted = { bytes: 0 };
  const body = Readable.from(writeTar(entriesOf(here.path, name, counted)), { objectMode: false });
  const query = { path: folder, noOverwriteDirNonDir: 'true', copyUIDGID: takesUser ? 'true' : undefined };
  await client.done('PUT', archivePath(container), { query, body });
  return counted.bytes;
}

interface Source {
  readonly path: string;
  readonly name: string;
  readonly isDirectory: boolean;
  /** `x/.`: what is in it, without its name. */
  readonly isContents: boolean;
}

function sourceOf(typed: string, followsLink: boolean): Source {
  const isContents = /(^|\/)\.$/.test(typed);
  const follows = followsLink || isContents || typed.endsWith('/');
  const facts = (follows ? statSync : lstatSync)(typed, { throwIfNoEntry: false });
  if (!facts) throw new CommandFailure(`lstat ${resolve(typed)}: no such file or directory`);
  const path = follows ? realpathSync(typed) : resolve(typed);
  return { path, name: basename(resolve(typed)), isDirectory: facts.isDirectory(), isContents };
}

/** The folder in the container that the archive is unpacked in, and the name in it of what is copied. */
function placeOf(
  { name, isDirectory, isContents }: Source,
  path: string,
  there: { path: string; isDirectory: boolean } | undefined,
): { folder: string; name: string } {
  if (there?.isDirectory) return { folder: there.path, name: isContents && isDirectory ? '.' : name };
  if (there && isDirectory) throw new CommandFailure('cannot copy directory');
  if (!there && !isDirectory && path.endsWith('/')) throw new CommandFailure('no such directory');
  const target = posix.resolve('/', there?.path ?? path);
  return { folder: posix.dirname(target), name: posix.basename(target) };
}

/** A tree as entries, each folder before what is in it. */
function* entriesOf(path: string, name: string, counted: { bytes: number }): Generator<WrittenEntry> {
  const facts = lstatSync(path);
  const common = {
    path: Buffer.from(facts.isDirectory() ? `${name}/` : name),
    mode: facts.mode & 0o7777,
    uid: facts.uid,
    gid: facts.gid,
    mtime: { seconds: Math.floor(facts.mtimeMs / 1000), nanoseconds: 0 },
    size: 0,
  };
  if (facts.isDirectory()) {
    yield { ...common, type: 'directory' };
    for (const child of readdirSync(path).sort()) yield* entriesOf(join(path, child), `${name}/${child}`, counted);
  } else if (facts.isSymbolicLink()) yield { ...common, type: 'symlink', target: readlinkSync(path, 'buffer') };
  else if (facts.isFIFO()) yield { ...common, type: 'fifo' };
  else if (facts.isFile()) {
    counted.bytes += facts.size;
    yield { ...common, ...sentFile(path, facts.size) };
  } else if (!facts.isSocket()) yield { ...common, ...device(facts) };
}

/** Devices keep their numbers. (Sockets are left out, as by tar(1).) */
function device({ rdev, mode }: Stats): Pick<WrittenEntry, 'type' | 'major' | 'minor'> {
  const type = (mode & 0o170000) === 0o60000 ? 'block' : 'character';
  return { type, major: (rdev >> 8) & 0xfff, minor: (rdev & 0xff) | ((rdev >> 12) & 0xfff00) };
}
