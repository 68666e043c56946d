/** What the tests of images with real peers share: an image with files of every kind, and trees to compare. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, createReadStream, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Descriptor } from '../../src/content/descriptor.ts';
import { digestOf, hexOf } from '../../src/content/digest.ts';
import type { Store } from '../../src/images/images.ts';
import { findImage, readImage } from '../../src/images/find.ts';
import { loadImages } from '../../src/images/load.ts';
import { push } from '../../src/images/push.ts';
import { openStore } from '../../src/images/store.ts';
import { tagImage } from '../../src/images/tag.ts';
import { parseReference } from '../../src/registry/reference.ts';
import { withMounted } from '../../src/snapshots/mount.ts';
import { facts, fill } from '../kernel/snapshots/trees.ts';
import { bare } from './registry-support.ts';

/** A folder with busybox and with files of every kind: owners, modes, times, attributes, devices, holes, names in bytes. */
export function treeOfEveryKind(folder: string): string {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  copyFileSync('/bin/busybox', join(folder, 'bin/busybox'));
  execFileSync('chmod', ['755', join(folder, 'bin/busybox')]);
  for (const name of ['sh', 'ls', 'cat', 'id', 'stat', 'touch', 'rm', 'pwd', 'env'])
    execFileSync('ln', ['-s', 'busybox', join(folder, 'bin', name)]);
  mkdirSync(join(folder, 'etc'));
  writeFileSync(join(folder, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nann:x:1000:50::/home/ann:/bin/sh\n');
  mkdirSync(join(folder, 'kinds'));
  fill(join(folder, 'kinds'));
  return folder;
}

/** Folders for the layers of an image: files of every kind, many small ones, and a large one that replaces what is below. */
export function layersOfEveryKind(folder: string): string[] {
  const [first, second, third] = ['first', 'second', 'third'].map((name) => join(folder, name));
  treeOfEveryKind(first!);
  mkdirSync(join(second!, 'small'), { recursive: true });
  for (let i = 0; i < 300; i++) writeFileSync(join(second!, 'small', `${i}`), `${i}\n`.repeat(i));
  mkdirSync(join(third!, 'kinds'), { recursive: true });
  for (const name of ['.wh.dir', '.wh.sticky']) writeFileSync(join(third!, 'kinds', name), '');
  writeFileSync(join(third!, 'large'), randomBytes(2_000_000));
  return [first!, second!, third!];
}

/** Puts an image of these layers, an OCI archive with it, and an archive of the files of the first layer, into a folder. */
export async function imageOfEveryKind(
  folder: string,
  name: string,
): Promise<{ name: string; archive: string; tree: string }> {
  const folders = layersOfEveryKind(join(folder, 'layers'));
  const tree = join(folder, 'tree.tar');
  execFileSync('tar', [...tar, '-C', folders[0]!, '-cf', tree, '.']);
  return { name, tree, archive: (await pushImage(folder, folders, name)).archive };
}

/** Pushes an image with a layer for each folder. `folder` is for what is made on the way: the archive among it. */
export async function pushImage(
  folder: string,
  folders: readonly string[],
  name: string,
): Promise<{ archive: string; layers: readonly Descriptor[] }> {
  const layout = layoutOf(join(folder, 'layout'), folders, { Cmd: ['sh'] });
  const archive = join(folder, 'image.tar');
  execFileSync('tar', ['-C', layout, '-cf', archive, '.']);
  const store = await openStore(join(folder, 'store'));
  try {
    const [id] = await loadImages(store, createReadStream(archive));
    await tagImage(store, id!, name);
    await push(store, parseReference(name), { registry: bare });
    return { archive, layers: (await readImage(store, id!)).layers.map(({ blob }) => blob) };
  } finally {
    await store.snapshots.close();
  }
}

const tar = ['--xattrs', '--xattrs-include=*', '--format=posix', '--sparse', '--numeric-owner', '--sort=name'];

/** An OCI layout with one image of these folders, a layer each, for skopeo to push. `parts`: of each folder that alone. */
export function layoutOf(
  layout: string,
  folders: readonly string[],
  config: object,
  parts = folders.map(() => '.'),
): string {
  const blobs = join(layout, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const put = (bytes: Buffer, mediaType: string) => {
    const digest = digestOf(bytes);
    writeFileSync(join(blobs, hexOf(digest)), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const plain = folders.map((folder, i) =>
    execFileSync('tar', [...tar, '-C', folder, '-c', parts[i]!], { maxBuffer: 1 << 30, encoding: 'buffer' }),
  );
  const layers = plain.map((bytes) => put(gzipSync(bytes), 'application/vnd.oci.image.layer.v1.tar+gzip'));
  const document = {
    created: '2020-01-01T00:00:00Z',
    architecture: 'amd64',
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: plain.map(digestOf) },
    history: folders.map(() => ({ created: '2020-01-01T00:00:00Z', created_by: 'a test' })),
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: put(Buffer.from(JSON.stringify(document)), 'application/vnd.oci.image.config.v1+json'),
    layers,
  };
  const entry = put(Buffer.from(JSON.stringify(manifest)), manifest.mediaType);
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return layout;
}

let count = 0;

/** Everything in an image, as it is when it is mounted. */
export async function factsOf(store: Store, name: string): Promise<Map<string, string>> {
  const image = await findImage(store, name);
  const key = `look-${process.pid}-${++count}`;
  const mounts = await store.snapshots.view(key, image.layers.at(-1)?.chainId);
  try {
    return await withMounted(mounts, join(store.root, key), (folder) => facts(folder));
  } finally {
    await store.snapshots.remove(key);
  }
}

/** Go reads sparse files and writes them without holes. */
export const withoutHoles = (all: Map<string, string>): Map<string, string> =>
  new Map([...all].map(([path, text]) => [path, text.replace(/ (has a hole|is full)/, ' ')]));

export const textOf = (path: string): string => readFileSync(path, 'utf8');

/** Names of the files in the trees of a store's snapshots, named or not. */
export function filesInTrees(root: string): string[] {
  return readdirSync(join(root, 'snapshots'), { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile() && /\/(fs|diff)$/.test(one.parentPath))
    .map(({ name }) => name);
}
