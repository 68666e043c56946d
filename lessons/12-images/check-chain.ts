/**
 * The checks of `chainId`: a real store is filled with images that were put together by hand, and the names of its folders
 * are compared with what the raw bytes hash to.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ImageConfig } from '../../src/images/config.ts';
import type { Manifest } from '../../src/images/manifest.ts';
import { check, consequence, type Check } from '../../src/learn/check/check.ts';
import { skopeo } from '../../src/learn/skopeo.ts';
import { imageOf, layerOf, sha256, withShelf } from './by-hand.ts';
import { withTheirs } from './theirs.ts';

const CHAIN = 'images/chain.ts#chainId';
const LOWEST = 'the lowest layer is called by the digest of its plain archive';
const FORMULA = 'each further one is called by the digest of the name below it, a space, and its own digest';
const NAME = 'docker.io/library/hand:1';

/** What the snapshots in a store are called. */
const snapshotsIn = (folder: string): string[] =>
  readdirSync(join(folder, 'snapshots/overlay')).filter((name) => name.startsWith('sha256:'));

const short = (digest: string): string => `${digest.slice(0, 19)}…`;
const list = (digests: readonly string[]): string => digests.map(short).sort().join(' ') || 'none';

const lowest = check(
  LOWEST,
  {
    slot: CHAIN,
    see: 'zcat LAYER | sha256sum; ls /var/lib/drydock/snapshots/*',
    hint: ({ names }) => [
      'What does the lowest layer lie on? Look at the first line of the formula.',
      `There is nothing below it to be hashed with it, and yet it got another name: ${String(names)}.`,
      'below === undefined: return diffId, as it is.',
    ],
  },
  async (t) =>
    withShelf(await withTheirs(t), async ({ folder, load }) => {
      const base = await layerOf({ motd: 'ahoy\n' }, { gzip: true });
      await load(imageOf(NAME, [base]));
      const names = t.fact('names', list(snapshotsIn(folder)));
      t.must(snapshotsIn(folder).join() === base.diffId, {
        did: `the image has one layer, which hashes to ${short(sha256(base.blob))} as it travels`,
        kernel: `its snapshot is called ${names}`,
        wanted: `${short(base.diffId)}, what zcat makes of it`,
      });
    }),
);

const twoBases = check(
  'one layer on two bases is two trees, and one stack in two images is one',
  {
    slot: CHAIN,
    see: './drydock demo images',
    hint: ({ whose, count }) => [
      'Two images have the same top layer, on different bases. Look into the second: whose files are in it?',
      whose === 'two'
        ? `Three images have four stacks in all, and ${String(count)} snapshots were made.`
        : `It shows the base of "${String(whose)}": the name of the upper layer does not tell what it lies on.`,
      'The name has to depend on `below` as well: digestOf of both, and the same for the same two.',
    ],
  },
  async (t) =>
    withShelf(await withTheirs(t), async ({ folder, load, look }) => {
      const top = await layerOf({ motd: 'ahoy\n' });
      const [one, two] = [await layerOf({ whose: 'one' }), await layerOf({ whose: 'two' })];
      await load(imageOf('hand:one', [one, top]));
      await load(imageOf('hand:two', [two, top]));
      await load(imageOf('hand:again', [one, top], { Cmd: ['sh'] }));
      const whose = t.fact('whose', await look('hand:two', (tree) => readFileSync(join(tree, 'whose'), 'utf8')));
      const count = t.fact('count', snapshotsIn(folder).length);
      t.must(whose === 'two' && count === 4, {
        did: 'loaded one+top, two+top, and one+top with another config',
        kernel: `the second image has the base of "${whose}"; there are ${count} snapshots`,
        wanted: '"two", and 4: one, two, and the top on each',
      });
    }),
);

/** What people hash instead, by how they would say it. */
const nearly = (below: string, diffId: string): Record<string, string> => ({
  'without the space': sha256(`${below}${diffId}`),
  'in the other order': sha256(`${diffId} ${below}`),
  'with a newline at the end': sha256(`${below} ${diffId}\n`),
  'without the sha256: in front of the digits': sha256(`${below} ${diffId}`.replaceAll('sha256:', '')),
});

const formula = check(
  FORMULA,
  {
    slot: CHAIN,
    needs: [LOWEST],
    see: "printf '%s %s' sha256:BELOW sha256:DIFF | sha256sum",
    hint: ({ how }) => [
      'containerd and Docker make the same names. Make one by hand, with printf and sha256sum.',
      how === undefined
        ? 'Your name is the digest of some other text.'
        : `Your name is the digest of the two, but ${String(how)}.`,
      'digestOf(`${below} ${diffId}`): both with their sha256:, one space between them, and no newline.',
    ],
  },
  async (t) =>
    withShelf(await withTheirs(t), async ({ folder, load }) => {
      const layers = [await layerOf({ a: '1' }), await layerOf({ b: '2' }, { gzip: true }), await layerOf({ c: '3' })];
      await load(imageOf(NAME, layers));
      const names = snapshotsIn(folder);
      const [base = '', middle = '', top = ''] = layers.map(({ diffId }): string => diffId);
      const second = sha256(`${base} ${middle}`);
      const wanted = [base, second, sha256(`${second} ${top}`)];
      t.fact('how', Object.entries(nearly(base, middle)).find(([, digest]) => names.includes(digest))?.[0]);
      t.must(list(names) === list(wanted), {
        did: `named the stacks of ${list([base, middle, top])}`,
        kernel: `the snapshots are called ${list(names)}`,
        wanted: list(wanted),
      });
    }),
);

const readable = consequence(
  'skopeo reads the store, every blob is what its name says, and the chain leads to a snapshot that is there',
  {
    slot: CHAIN,
    needs: [FORMULA],
    see: 'skopeo inspect --config oci:/var/lib/drydock/content:NAME',
  },
  async (t) =>
    withShelf(await withTheirs(t), async ({ folder, load }) => {
      await load(imageOf(NAME, [await layerOf({ a: '1' }), await layerOf({ b: '2' }, { gzip: true })]));
      const place = `oci:${folder}/content:${NAME}`;
      const manifest = JSON.parse(skopeo('inspect', '--raw', place).toString()) as Manifest;
      const config = skopeo('inspect', '--raw', '--config', place);
      const { rootfs } = JSON.parse(config.toString()) as ImageConfig;
      const blobs = manifest.layers.map(({ digest }) =>
        readFileSync(join(folder, 'content/blobs', digest.replace(':', '/'))),
      );
      const plain = blobs.map((blob, i) => (manifest.layers[i]!.mediaType.endsWith('+gzip') ? gunzipSync(blob) : blob));
      const [lower, upper] = plain.map(sha256);
      const top = sha256(`${lower} ${upper}`);
      t.must(
        sha256(config) === manifest.config.digest &&
          blobs.every((blob, i) => sha256(blob) === manifest.layers[i]!.digest) &&
          plain.every((bytes, i) => sha256(bytes) === rootfs.diff_ids[i]) &&
          snapshotsIn(folder).includes(top),
        {
          did: 'hashed what skopeo found: config, blobs, plain archives',
          kernel: `config ${short(sha256(config))}, blobs ${list(blobs.map(sha256))}, snapshots ${list(snapshotsIn(folder))}`,
          wanted: `config ${short(manifest.config.digest)}, and a snapshot ${short(top)}`,
        },
      );
    }),
);

export const chainChecks: readonly Check[] = [lowest, twoBases, formula, readable];
