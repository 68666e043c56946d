/**
 * What COPY and ADD have in common: from what they name to a layer.
 *
 *     sources ──▶ found in the context, a stage or an image ──▶ digests (key, history)
 *                                                         ╰──▶ entries of a layer, at the destination
 *
 * Nothing is written into the state's tree: the layer is made from its entries at once. It names each folder on the way
 * to the destination as the state has it, because where layers are stacked by mounting, a folder that a layer goes through
 * shows the layer's owner and mode.
 *
 * A folder is copied as what is in it. A file goes into the destination where that is a folder, or ends in `/`, or where
 * there are several. What comes from the context is root's, what comes from a stage or an image keeps its owners, unless
 * --chown says otherwise; modes and times are the source's.
 */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { DrydockError } from '../errors.ts';
import { decompressedAny, readTar } from '../layers/index.ts';
import type { Entry, Time } from '../layers/types.ts';
import type { WrittenEntry } from '../layers/tar/write.ts';
import { hintOfAbsent } from './absent.ts';
import { follow, nameOf, pathOf, walk, type Files, type Found } from './files.ts';
import { refuseWhiteout, Way } from './way.ts';
import { changedMode } from './mode.ts';
import { hasPattern, wholeGlob } from './dockerfile/glob.ts';
import type { Tree } from './tree.ts';

/** One source, found. */
export interface Item {
  readonly files: Files;
  /** Where its bytes are, without links. */
  readonly path: string;
  /** What it is called where it goes: the last name of what was written. */
  readonly name: string;
  /** Folders that go with it (`--parents`). */
  readonly under: string;
}

export interface Rules {
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly mode?: string;
  /** True: it stays where it is (`--exclude`); the path is relative to the source. */
  readonly isExcluded: (path: string) => boolean;
  /** Of what is made on the way. */
  readonly now: Time;
  /** Whether a file is unpacked where it goes (ADD). */
  readonly isArchive?: (item: Item) => Promise<boolean>;
}

/** Everything that a source names. Throws INSTRUCTION_FAILED when that is nothing. */
export function find(files: Files, source: string, parents = false): Item[] {
  const path = pathOf(source.replace(/(^|\/)\.\/(?=.)/g, '$1'));
  const paths = hasPattern(source) ? matching(files, path) : [path].filter((one) => files.lstat(follow(files, one)));
  if (paths.length === 0)
    throw new DrydockError('INSTRUCTION_FAILED', `${source}: no such file or directory in ${files.what}`, {
      hint: (!hasPattern(source) && hintOfAbsent(files, path)) || files.hint || 'a path in it begins at its root',
    });
  return paths.map((one) => ({
    files,
    path: follow(files, one),
    name: posix.basename(one),
    under: parents ? underOf(source, one) : '',
  }));
}

/** With --parents the folders of the source go along, from `/./` on where that is written. */
function underOf(source: string, path: string): string {
  const [before, after] = source.split('/./');
  const base = after === undefined ? '/' : pathOf(before!);
  return posix.dirname(posix.relative(base, path));
}

function matching(files: Files, pattern: string): string[] {
  const isMatch = wholeGlob(pattern);
  return [...walk(files, '/')].filter((path) => path !== '/' && isMatch(path));
}

/**
 * `file:…`, `dir:…`, or `multi:…`, as Docker has it in its history. In a folder that takes what a link leads to for the link,
 * so two outcomes may look the same: `links` has the links themselves, for the key.
 */
export async function digestOf(items: readonly Item[]): Promise<{ digest: string; links: string[] }> {
  const each: string[] = [];
  const links: string[] = [];
  for (const { files, path } of items) {
    if (files.lstat(path)!.entry.type !== 'directory') {
      each.push(`file:${await files.digest(path)}`);
      continue;
    }
    const inside: string[] = [];
    for (const one of walk(files, path)) {
      if (one === '/') continue;
      const isLink = files.lstat(one)!.entry.type === 'symlink';
      const real = isLink ? follow(files, one) : one;
      if (isLink) links.push(await files.digest(one));
      inside.push(files.lstat(real) ? await files.digest(real) : one.slice(1));
    }
    each.push(`dir:${joined(inside.sort())}`);
  }
  return { digest: each.length === 1 ? each[0]! : `multi:${joined(each)}`, links };
}

const joined = (digests: readonly string[]): string => createHash('sha256').update(digests.join(',')).digest('hex');

/** The layer: the folders on the way, and what is copied. */
export async function* layerOf(
  tree: Tree,
  items: readonly Item[],
  destination: string,
  rules: Rules,
): AsyncGenerator<WrittenEntry> {
  const way = new Way(tree, rules);
  const isFolder = destination.endsWith('/') || items.length > 1 || way.isFolder(destination);
  for (const item of items) {
    const found = item.files.lstat(item.path)!;
    const under = posix.join(destination, item.under);
    if (found.entry.type === 'directory') {
      const to = item.under === '' ? under : posix.join(under, item.name);
      yield* folder(item, way.to(to), way, rules);
      continue;
    }
    if (found.entry.type === 'file' && (await rules.isArchive?.(item))) {
      yield* unpacked(item, way.to(under), way, rules);
      continue;
    }
    const place = isFolder || item.under !== '' ? posix.join(under, item.name) : destination;
    refuseWhiteout(place);
    const to = way.to(posix.dirname(place));
    yield* way.made();
    yield written(item.files, item.path, found, posix.join(to, posix.basename(place)), rules);
  }
  yield* way.made();
}

/** What is in a folder of the source, at a path of the layer. */
function* folder(item: Item, to: string, way: Way, rules: Rules): Generator<WrittenEntry> {
  yield* way.made();
  const first = new Map<string, string>();
  for (const path of walk(item.files, item.path)) {
    if (path === item.path) continue;
    const relative = posix.relative(item.path, path);
    if (rules.isExcluded(relative)) continue;
    const found = item.files.lstat(path)!;
    const place = posix.join(to, relative);
    refuseWhiteout(place);
    const earlier = first.get(found.identity);
    if (found.entry.type === 'directory') way.known.add(place);
    else first.set(found.identity, earlier ?? place);
    if (earlier === undefined || found.entry.type === 'directory') yield written(item.files, path, found, place, rules);
    else yield linked(changed(item.files, found, place, rules), earlier);
  }
}

/** What is in an archive. Its names are taken as inside of the destination, whatever they are. */
async function* unpacked(item: Item, to: string, way: Way, { owner, isExcluded }: Rules): AsyncGenerator<WrittenEntry> {
  yield* way.made();
  const inside = (path: Buffer): string => posix.join(to, `.${posix.resolve('/', path.toString('latin1'))}`);
  for await (const entry of readTar(decompressedAny(streamOf(item.files.data(item.path))))) {
    const place = posix.resolve(inside(entry.path));
    // What the archive says of its top is for a folder of its own; this one is the image's.
    if (place === posix.resolve(to) || isExcluded(posix.relative(to, place))) continue;
    yield {
      ...entry,
      ...owner,
      path: nameOf(place.slice(1) + (entry.type === 'directory' ? '/' : '')),
      target: entry.type === 'link' ? nameOf(inside(entry.target!).slice(1)) : entry.target,
      data: entry.data(),
    };
  }
}

/** The bytes of a file, in pieces. */
export async function* streamOf(data: AsyncIterable<Uint8Array> | Uint8Array): AsyncGenerator<Uint8Array> {
  if (data instanceof Uint8Array) yield data;
  else yield* data;
}

function written(files: Files, path: string, found: Found, place: string, rules: Rules): WrittenEntry {
  const entry = changed(files, found, place, rules);
  return entry.type === 'file' ? { ...entry, data: files.data(path) } : entry;
}

/** Another name of what came before. Its owner and mode are told again: whoever unpacks it may give the file those. */
const linked = (entry: Entry, earlier: string): WrittenEntry => ({
  ...entry,
  ...{ type: 'link', target: nameOf(earlier.slice(1)), size: 0, xattrs: undefined },
});

function changed(files: Files, { entry }: Found, place: string, rules: Rules): Entry {
  const { owner = files.owner, mode } = rules;
  const isFolder = entry.type === 'directory';
  return {
    ...entry,
    ...owner,
    path: nameOf(place.slice(1) + (isFolder ? '/' : '')),
    mode: mode !== undefined && entry.type !== 'symlink' ? changedMode(mode, entry.mode, isFolder) : entry.mode,
  };
}
