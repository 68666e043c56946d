/**
 * One object of a tree as an archive, with everything in it if it is a folder, under a name of the caller's: what `cp` and
 * `export` give out. The tree is not trusted, and may change meanwhile.
 */
import { closeSync } from 'node:fs';
import { Readable } from 'node:stream';
import { O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW, O_PATH } from '../linux/constants.ts';
import { isDirectory, type Rooted } from '../linux/rooted.ts';
import { entriesOf } from './pack.ts';
import { writeTar, type WrittenEntry } from './tar/write.ts';
import { see, withData } from './tree.ts';

export interface Subtree {
  readonly tree: Rooted;
  /** Of the object; a link is not followed. */
  readonly path: string;
  /** What it is called in the archive; empty: what is in the folder, without the folder. */
  readonly name: string;
}

/** What fails is an error of the stream. */
export function packSubtree(subtree: Subtree): Readable {
  return Readable.from(writeTar(subtreeEntries(subtree)), { objectMode: false, highWaterMark: 1024 * 1024 });
}

async function* subtreeEntries({ tree, path, name }: Subtree): AsyncGenerator<WrittenEntry> {
  if (!isDirectory(tree.lstat(path).mode)) return yield* single(tree, path, name);
  const fd = tree.open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  try {
    for await (const entry of entriesOf({ upper: `/proc/self/fd/${fd}`, whiteouts: 'none' })) {
      const isTop = entry.path.equals(top);
      if (isTop && name === '') continue;
      const below = (inner: Buffer): Buffer => Buffer.concat([prefixOf(name), inner]);
      const target = entry.type === 'link' && entry.target ? below(entry.target) : entry.target;
      yield { ...entry, path: isTop ? prefixOf(name) : below(entry.path), target };
    }
  } finally {
    closeSync(fd);
  }
}

function* single(tree: Rooted, path: string, name: string): Generator<WrittenEntry> {
  const seen = see(tree, Buffer.from(path), 'trusted');
  if (seen) yield { ...withData(tree, seen), path: Buffer.from(name) };
}

const top = Buffer.from('./');
const prefixOf = (name: string): Buffer => Buffer.from(name === '' || name.endsWith('/') ? name : `${name}/`);
