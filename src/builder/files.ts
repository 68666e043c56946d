/**
 * Where COPY and ADD take from: the context, a stage, an image. All three are the same to whoever copies.
 *
 * Paths are absolute inside (`/a/b`), in latin1: one character for each byte, because names in Linux are bytes. What a
 * Dockerfile says comes in through `pathOf`. Links are followed here and nowhere else, inside the tree like the kernel does in
 * a container: a link that leads out leads to the root.
 *
 * The digest of a file is Docker's tarsum, version 1: sha256 over what the header of an archive says, without its times, and
 * over its bytes. So a file that was written anew with the same bytes is the same file, and the digest of what was copied from a
 * context, which stands in the history of an image, is the one that Docker would write there. For a stage Docker's has also
 * what its host calls the owners, which is no fact of the file; and a second name of a file has no content there, but here.
 *
 * Docker, pkg/tarsum/versioning.go (v1TarHeaderSelect), builder/dockerfile/copy.go.
 */
import { createHash, type Hash } from 'node:crypto';
import { posix } from 'node:path';
import { DrydockError } from '../errors.ts';
import { letters } from '../layers/tar/write.ts';
import type { Entry, EntryType } from '../layers/types.ts';

/** One name. Names with the same `identity` are one file. */
export interface Found {
  readonly entry: Entry;
  readonly identity: string;
}

export interface Files {
  /** As messages call it: `the context`, `the stage build`. */
  readonly what: string;
  /** For whoever names something that is not there. */
  readonly hint?: string;
  /** Whether somebody has said that it is not to be here (`.dockerignore`). */
  isLeftOut?(path: string): boolean;
  /** Who owns all of it where it goes, whatever it says itself. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** What stands at a path whose folders are no links; a link itself. */
  lstat(path: string): Found | undefined;
  /** In the order of their bytes. */
  names(path: string): readonly string[];
  /** Of a regular file: what an archive has of it. */
  data(path: string): AsyncIterable<Uint8Array> | Uint8Array;
  /** Hex. */
  digest(path: string): Promise<string>;
}

/** A path of a Dockerfile, inside. Throws INSTRUCTION_FAILED where it begins above the tree. */
export function pathOf(text: string): string {
  const clean = posix.normalize(text.replace(/^\/+/, ''));
  if (clean !== '..' && !clean.startsWith('../')) return posix.resolve('/', Buffer.from(clean).toString('latin1'));
  throw new DrydockError('INSTRUCTION_FAILED', `forbidden path outside the build context: ${text}`, {
    hint: 'a build sees its context alone: build from a folder above, with -f for the Dockerfile',
  });
}

export const nameOf = (path: string): Buffer => Buffer.from(path, 'latin1');

const mostLinks = 40;

/** The same path without links in it. Where nothing is, the rest of it is as it is written. */
export function follow(files: Pick<Files, 'lstat'>, path: string): string {
  let real = '/';
  const ahead = path.split('/').reverse();
  for (let links = 0; ahead.length > 0;) {
    const next = posix.resolve(real, ahead.pop()!);
    const target = files.lstat(next)?.entry;
    if (target?.type !== 'symlink') {
      real = next;
      continue;
    }
    if (++links > mostLinks)
      throw new DrydockError('INSTRUCTION_FAILED', `${path}: too many links`, { hint: 'they may lead in a circle' });
    const to = target.target!.toString('latin1');
    if (to.startsWith('/')) real = '/';
    ahead.push(...to.split('/').reverse());
  }
  return real;
}

/** S_IFMT's bits, which Go's archive/tar once wrote and Docker still takes for files that it reads itself. */
const kinds: Record<EntryType, number> = {
  file: 0o100000,
  link: 0o100000,
  symlink: 0o120000,
  character: 0o020000,
  block: 0o060000,
  directory: 0o040000,
  fifo: 0o010000,
};

/** The digest of an entry, to which its bytes are to be added. */
export function tarsum(entry: Entry, path: string, isFromDisk = false): Hash {
  const { type, mode, uid, gid, size, target, major = 0, minor = 0, xattrs = [] } = entry;
  const name = path.slice(1) + (type === 'directory' ? '/' : '');
  const hash = createHash('sha256');
  const fields: [string, string | Buffer][] = [
    ['name', nameOf(name)],
    ['mode', String(mode | (isFromDisk ? kinds[type] : 0))],
    ['uid', String(uid)],
    ['gid', String(gid)],
    ['size', String(type === 'file' ? size : 0)],
    ['typeflag', letters[type]],
    ['linkname', target ?? ''],
    ['uname', ''],
    ['gname', ''],
    ['devmajor', String(major)],
    ['devminor', String(minor)],
    ...xattrs.map(({ name: key, value }): [string, Buffer] => [key.toString('latin1'), value]),
  ];
  for (const [key, value] of fields) hash.update(key).update(value);
  return hash;
}

/** All names below a folder, itself first, a folder before what is in it. */
export function* walk(files: Files, top: string): Generator<string> {
  yield top;
  if (files.lstat(top)?.entry.type !== 'directory') return;
  for (const name of files.names(top)) yield* walk(files, posix.join(top, name));
}
