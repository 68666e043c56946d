/** A whole `pull` from a registry that lies, redirects and stalls. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Descriptor } from '../../src/content/descriptor.ts';
import type { OnProgress, Store } from '../../src/images/images.ts';
import { pull } from '../../src/images/pull.ts';
import { openStore } from '../../src/images/store.ts';
import type { Fault } from '../../src/learn/registry/faulty.ts';
import { parseReference } from '../../src/registry/reference.ts';
import { sampled } from '../sample.ts';
import { filesInTrees, pushImage } from './images-support.ts';
import { isWhole, runPullCase, startPullStand, type PullStand } from './pull-cases.ts';
import { options } from './registry-cases.ts';
import { eventually, freshFolder, isInstalled, skipAll } from './support.ts';

/** Three hundred of them: `node --import tsx test/soak/registry.ts`. */
const SEEDS = Array.from({ length: 30 }, (_, i) => i + 1);

describe('a pull from a registry that cannot be trusted', function () {
  this.timeout(120_000);
  let stand: PullStand | undefined;

  before('an image behind faults', async function () {
    if (!isInstalled('docker-registry')) skipAll(this, 'no docker-registry here');
    stand = await startPullStand(freshFolder('pull-faults'));
  });
  after(() => stand?.stop());

  for (const seed of sampled(SEEDS))
    it(`ends in the image or in one clear error, case ${seed}`, async () => {
      await runPullCase(seed, stand!);
    });

  describe('of one large layer', () => {
    let large: { name: string; layer: Descriptor };
    before('is pushed', async () => (large = await pushLarge(stand!)));

    /** Spoils the answer to the first question for the layer. */
    const spoil = (fault: Fault): void => {
      let isSpoilt = false;
      stand!.faulty.plan = ({ method, path }) => {
        if (isSpoilt || method !== 'GET' || !path.endsWith(large.layer.digest)) return undefined;
        isSpoilt = true;
        return fault;
      };
    };
    const pulled = (store: Store): Promise<unknown> => pull(store, parseReference(large.name), { registry: options });
    const withStore = async (body: (store: Store) => Promise<void>): Promise<void> => {
      const store = await openStore(mkdtempSync(join(stand!.folder, 'large-')), { driver: 'overlay' });
      try {
        await body(store);
        await isWhole(store);
      } finally {
        await store.snapshots.close();
      }
    };

    it('unpacks it on its way', () =>
      withStore(async (store) => {
        spoil({ kind: 'stall', after: large.layer.size - 1000 });
        const pulling = pulled(store);
        await eventually('its first file', () => filesInTrees(store.root).includes('first'));
        assert.equal(await store.content.stat(large.layer.digest), undefined, 'before it is here');
        assert.equal((await store.snapshots.walk()).filter(({ kind }) => kind === 'committed').length, 0);
        await pulling;
      }));

    it('keeps nothing of it when the bytes were wrong', () =>
      withStore(async (store) => {
        spoil({ kind: 'flip', at: large.layer.size - 1000 });
        await assert.rejects(pulled(store), { code: 'DIGEST_MISMATCH' });
        assert.deepEqual(await store.snapshots.walk(), []);
        await pulled(store);
      }));

    it('begins anew with what an earlier pull has left, when that is wrong', () =>
      withStore(async (store) => {
        spoil({ kind: 'cut', after: large.layer.size - 1000 });
        const stop = new AbortController();
        const onProgress: OnProgress = ({ status }) => {
          if (status?.startsWith('Retrying')) stop.abort();
        };
        await assert.rejects(
          pull(store, parseReference(large.name), { registry: options, signal: stop.signal, onProgress }),
        );
        const [part] = readdirSync(join(store.content.folder, 'ingest'));
        const path = join(store.content.folder, 'ingest', part!);
        const bytes = readFileSync(path);
        bytes[5000]! ^= 1;
        writeFileSync(path, bytes);
        await pulled(store);
        assert.deepEqual(filesInTrees(store.root).toSorted(), ['first', 'large']);
      }));
  });
});

/** An image whose layer is three megabytes that nothing makes smaller. */
async function pushLarge({ real, faulty, folder }: PullStand): Promise<{ name: string; layer: Descriptor }> {
  const [own, tree] = [join(folder, 'large'), join(folder, 'large', 'tree')];
  mkdirSync(tree, { recursive: true });
  writeFileSync(join(tree, 'first'), 'the first file\n');
  writeFileSync(join(tree, 'large'), randomBytes(3_000_000));
  const { layers } = await pushImage(own, [tree], `${real}/team/large:1`);
  return { name: `${faulty.host}/team/large:1`, layer: layers[0]! };
}
