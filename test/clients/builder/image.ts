/** All that there is to know of an image that a server has: what `docker save` says, without what differs by nature. */
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { execFileSync } from 'node:child_process';
import { decompressed, readTar, type ReadEntry } from '../../../src/layers/index.ts';
import type { Server } from '../engine-support.ts';
import { freshFolder, said } from '../support.ts';

/** The time that every file of a context has; what has a later one was made by the build. */
export const CONTEXT_TIME = 1_000_000_000;

export interface Image {
  readonly config: Record<string, unknown>;
  readonly history: readonly unknown[];
  /** A line for each path: kind, mode, owner, time, attributes, content. */
  readonly files: Record<string, string>;
  /** What is in the plain ones. */
  readonly contents: ReadonlyMap<string, string>;
}

let count = 0;

/** Asks with the real client. */
export async function imageOf(server: Server, name: string): Promise<Image> {
  const folder = freshFolder(`saved-${++count}`);
  await said(server.docker('save', '-o', join(folder, 'image.tar'), name), { seconds: 120 });
  execFileSync('tar', ['-C', folder, '-xf', join(folder, 'image.tar')]);
  const json = (path: string): unknown => JSON.parse(readFileSync(join(folder, path), 'utf8'));
  const [{ Config, Layers }] = json('manifest.json') as [{ Config: string; Layers: string[] }];
  const all = json(Config) as { config: Record<string, unknown>; history: Record<string, unknown>[] } & Record<
    string,
    unknown
  >;
  const files = new Map<string, string>();
  const contents = new Map<string, string>();
  for (const layer of Layers) await addLayer(join(folder, layer), files, contents);
  execFileSync('rm', ['-rf', folder]);
  const { os, architecture, author } = all;
  return {
    config: { os, architecture, author, ...withoutEmpty(all.config) },
    history: all.history.map(historyEntry),
    files: Object.fromEntries([...files].sort(([a], [b]) => (a < b ? -1 : 1))),
    contents,
  };
}

/** Docker writes what a container of the builder had into the config as well. */
const ofContainers = ['Hostname', 'Domainname', 'Image', 'AttachStdin', 'AttachStdout', 'AttachStderr', 'OnBuild'];

function withoutEmpty(config: Record<string, unknown>): Record<string, unknown> {
  const isEmpty = (value: unknown): boolean =>
    value == null || value === '' || value === false || (typeof value === 'object' && Object.keys(value).length === 0);
  const kept = Object.entries(config).filter(
    ([name, value]) => !isEmpty(value) && (!ofContainers.includes(name) || name === 'OnBuild'),
  );
  return Object.fromEntries(kept);
}

/** The digest of what is copied is the builder's own; the rest is what people and scanners read. */
function historyEntry({ created_by, empty_layer, author, comment }: Record<string, unknown>): unknown {
  const by = String(created_by ?? '').replace(/\b(file|dir|multi):[0-9a-f]{64}/g, '$1:DIGEST');
  return { by, isEmpty: empty_layer ?? false, author: author ?? '', comment: comment ?? '' };
}

async function addLayer(path: string, files: Map<string, string>, contents: Map<string, string>): Promise<void> {
  for await (const entry of readTar(decompressed(createReadStream(path)))) {
    const name = posix.join('/', entry.path.toString('latin1')).replace(/(?<=.)\/$/, '');
    const base = posix.basename(name);
    const folder = posix.dirname(name);
    if (base === '.wh..wh..opq') remove(files, contents, folder, false);
    else if (base.startsWith('.wh.')) remove(files, contents, posix.join(folder, base.slice(4)), true);
    else if (entry.type === 'link') {
      const target = posix.join('/', entry.target!.toString('latin1'));
      files.set(name, files.get(target) ?? 'a link to nothing');
      contents.set(name, contents.get(target) ?? '');
    } else {
      // Each folder is named before what is in it: where nothing is called so, nothing lies below, and looking costs time.
      if (entry.type !== 'directory' && files.has(name)) remove(files, contents, name, true);
      files.set(name, await describe(entry, name, contents));
    }
  }
}

function remove(files: Map<string, string>, contents: Map<string, string>, path: string, itself: boolean): void {
  for (const name of [...files.keys()]) {
    if (!(itself && name === path) && !name.startsWith(path === '/' ? '/' : `${path}/`)) continue;
    files.delete(name);
    contents.delete(name);
  }
}

async function describe(entry: ReadEntry, name: string, contents: Map<string, string>): Promise<string> {
  const { type, mode, uid, gid, mtime, target, major, minor, xattrs = [] } = entry;
  const data: Buffer[] = [];
  for await (const piece of entry.data()) data.push(piece);
  const content = Buffer.concat(data);
  const words = [type, `0${mode.toString(8)}`, `${uid}:${gid}`];
  if (type === 'file') {
    contents.set(name, content.toString('latin1'));
    words.push(createHash('sha256').update(content).digest('hex').slice(0, 12));
  }
  // A folder's time changes with what is put into it, in an order that nobody promises.
  if (type !== 'directory') words.push(mtime.seconds <= CONTEXT_TIME ? `at ${mtime.seconds}` : 'made by the build');
  if (target) words.push(`-> ${target.toString('latin1')}`);
  if (major !== undefined) words.push(`${major}:${minor}`);
  const attributes = xattrs.map((attribute) => `${attribute.name.toString()}=${attribute.value.toString('hex')}`);
  return [...words, ...attributes.sort()].join(' ');
}
