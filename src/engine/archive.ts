/**
 * `cp` both ways: an archive of one path in a container, and an archive unpacked into one of its folders.
 *
 *     HEAD   /containers/{c}/archive?path=   statPath
 *     GET    /containers/{c}/archive?path=   getArchive
 *     PUT    /containers/{c}/archive?path=   putArchive
 *
 * A path that ends in `/` or `/.` means the folder that it leads to; otherwise its last name is taken as it is, a link as a
 * link. With `/.` the archive's names begin with `./`, so that whoever unpacks it gets the contents and not the folder.
 */
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { DrydockError } from '../errors.ts';
import { decompressed, packSubtree, readTar, unpack, writeTar, type WrittenEntry } from '../layers/index.ts';
import { isSyscallError } from '../linux/calls.ts';
import { O_CLOEXEC, O_DIRECTORY, O_PATH } from '../linux/constants.ts';
import { ENAMETOOLONG, ENOENT, ENOTDIR } from '../linux/errno.ts';
import { native, type FileFacts } from '../linux/native.ts';
import { isDirectory, isLink, Rooted } from '../linux/rooted.ts';
import { findAccount } from '../runtime/account.ts';
import { attributesOf } from './attributes.ts';
import type { Engine } from './engine.ts';
import { goMode } from './file-mode.ts';
import { realPath } from './real-path.ts';
import { openTree, withTree } from './trees.ts';

/** The header `X-Docker-Container-Path-Stat`, before base64. */
export interface PathStat {
  name: string;
  size: number;
  mode: number;
  mtime: string;
  /** Where a link leads to, as an absolute path inside. */
  linkTarget: string;
}

export interface PutWanted {
  /** A folder never takes the place of a file, nor a file that of a folder. */
  readonly noOverwriteDirNonDir?: boolean;
  /** Everything belongs to the user that the container runs as. */
  readonly copyUIDGID?: boolean;
}

/** Throws NO_SUCH_CONTAINER, NO_SUCH_FILE, API_INVALID for a path that goes through a file. */
export function statPath(engine: Engine, name: string, path: string): Promise<PathStat> {
  return withTree(engine, name, (root) => lookUp(root, name, path).stat);
}

/** The archive is to be read to its end or destroyed; until then a container that does not run cannot be started. */
export async function getArchive(
  engine: Engine,
  name: string,
  path: string,
): Promise<{ stat: PathStat; archive: Readable }> {
  const { root, close } = await openTree(engine, name);
  try {
    const { stat, place } = lookUp(root, name, path);
    const archive = packSubtree({ tree: root, path: place, name: stat.name });
    archive.once('close', () => void close());
    tell(engine, name, 'archive-path');
    return { stat, archive };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Unpacks an archive, compressed or not, into a folder of the container.
 *
 * Throws NO_SUCH_CONTAINER, NO_SUCH_FILE, READ_ONLY, ARCHIVE_INVALID, API_INVALID for a path that is no folder.
 */
export async function putArchive(
  engine: Engine,
  name: string,
  path: string,
  source: AsyncIterable<Uint8Array>,
  wanted: PutWanted = {},
): Promise<void> {
  const { Config } = engine.containers.find(name).record;
  await withTree(engine, name, async (root) => {
    using target = new Rooted(folderAt(root, name, path));
    refuseReadOnly(target, root);
    const owner = wanted.copyUIDGID ? findAccount(Config.User || undefined, `/proc/self/fd/${root.fd}`) : undefined;
    const checked = wanted.noOverwriteDirNonDir ? target : undefined;
    const archive = owner || checked ? Readable.from(writeTar(entriesFor(source, { owner, checked }))) : source;
    await unpack(archive, { folder: `/proc/self/fd/${target.fd}`, whiteouts: 'none' });
  });
  tell(engine, name, 'extract-to-dir');
}

function tell({ containers, events }: Engine, name: string, action: string): void {
  const { record } = containers.find(name);
  events.emit('container', action, record.Id, attributesOf(record));
}

/** What is at a path, and where that is when the links that count have been followed. */
function lookUp(root: Rooted, container: string, path: string): { stat: PathStat; place: string } {
  const clean = cleaned(path);
  const meansFolder = /\/\.?$/.test(path);
  const place = meansFolder ? realPath(root, clean) : clean;
  const facts = unlessMissing(container, clean, () => root.lstat(place));
  if (meansFolder && !isDirectory(facts.mode)) throw notAFolder(path, container);
  const name = path.endsWith('/.') ? '.' : posix.basename(clean) || '/';
  const linkTarget = isLink(facts.mode) ? realPath(root, clean) : '';
  return { stat: { name, size: facts.size, mode: goMode(facts.mode), mtime: timeOf(facts), linkTarget }, place };
}

function cleaned(path: string): string {
  if (path !== '') return posix.resolve('/', path);
  throw new DrydockError('API_INVALID', 'bad parameter: path cannot be empty', {
    hint: '?path=/place/in/the/container',
  });
}

/** RFC 3339 with nanoseconds. */
function timeOf({ mtime }: FileFacts): string {
  const seconds = mtime / 1_000_000_000n;
  const rest = String(mtime % 1_000_000_000n).padStart(9, '0');
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${rest}Z`;
}

/** A descriptor of the folder that something is unpacked into. */
function folderAt(root: Rooted, container: string, path: string): number {
  const clean = cleaned(path);
  try {
    return unlessMissing(container, clean, () => root.open(clean, O_PATH | O_DIRECTORY | O_CLOEXEC));
  } catch (error) {
    if (!isSyscallError(error, ENOTDIR)) throw error;
    throw new DrydockError('API_INVALID', 'extraction point is not a directory', {
      hint: `${clean} is no folder in container ${container}`,
      cause: error,
    });
  }
}

function unlessMissing<T>(container: string, path: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!isSyscallError(error, ENOENT)) throw error;
    throw new DrydockError('NO_SUCH_FILE', `Could not find the file ${path} in container ${container}`, {
      hint: `\`drydock exec ${container} ls ${posix.dirname(path)}\` shows what is there, if it runs`,
      cause: error,
    });
  }
}

function notAFolder(path: string, container: string): DrydockError {
  return new DrydockError('API_INVALID', `${path}: not a directory in container ${container}`, {
    hint: 'leave out what stands behind the name',
  });
}

const ST_RDONLY = 1;

/** Asked of the mount itself: nobody is told that something was copied when the kernel would have refused the first byte. */
function refuseReadOnly(target: Rooted, root: Rooted): void {
  if (!(native.statfs(`/proc/self/fd/${target.fd}`).flags & ST_RDONLY)) return;
  const what = mountOf(target) === mountOf(root) ? 'container rootfs' : 'mounted volume';
  throw new DrydockError('READ_ONLY', `${what} is marked read-only`, {
    hint: 'copy into a volume that the container may write to',
  });
}

/** The id of the mount that a descriptor is in (proc_pid_fdinfo(5), mnt_id, Linux 3.15). */
const mountOf = ({ fd }: Rooted): string | undefined =>
  /^mnt_id:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];

interface Rules {
  readonly owner?: { uid: number; gid: number };
  /** The folder in which nothing may change from a folder to something else, or back. */
  readonly checked?: Rooted;
}

async function* entriesFor(source: AsyncIterable<Uint8Array>, { owner, checked }: Rules): AsyncGenerator<WrittenEntry> {
  for await (const entry of readTar(decompressed(source))) {
    if (checked) refuseOverwriting(checked, entry.path, entry.type === 'directory');
    yield { ...entry, ...(owner && { uid: owner.uid, gid: owner.gid }), data: entry.data() };
  }
}

function refuseOverwriting(folder: Rooted, path: Buffer, isFolder: boolean): void {
  const there = kindAt(folder, path);
  if (there === undefined || there === isFolder) return;
  const [old, fresh] = isFolder ? ['non-directory', 'directory'] : ['directory', 'non-directory'];
  throw new DrydockError('API_INVALID', `cannot overwrite ${old} "${path.toString()}" with ${fresh}`, {
    hint: 'remove what is there first, or copy to another name',
  });
}

/** Whether it is a folder; undefined: there is nothing, or it is the folder itself. */
function kindAt(folder: Rooted, path: Buffer): boolean | undefined {
  const place = posix.resolve('/', path.toString('latin1'));
  if (place === '/') return undefined;
  try {
    return isDirectory(folder.lstat(Buffer.from(place, 'latin1')).mode);
  } catch (error) {
    if (isSyscallError(error, ENOENT, ENOTDIR, ENAMETOOLONG)) return undefined;
    throw error;
  }
}
