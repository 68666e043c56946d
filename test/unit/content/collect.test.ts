import assert from 'node:assert/strict';
import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ingest } from '../../../src/content/content.ts';
import { digestOf, type Digest } from '../../../src/content/digest.ts';
import { nothing, withStore } from './support.ts';

const named = (names: string): Digest[] => names.split(' ').map((name) => digestOf(name));

describe('garbage collection', () => {
  it(
    'removes what neither roots nor leases lead to',
    withStore(async ({ content, lease }) => {
      for (const name of ['image', 'layer', 'shared', 'old', 'old layer']) await content.put(Buffer.from(name), lease);
      await lease.release();
      const leads = new Map([
        [digestOf('image'), named('layer shared absent')],
        [digestOf('old'), [digestOf('old layer'), digestOf('shared')]],
        [digestOf('layer'), named('image')], // a circle
      ]);
      const children = (digest: Digest): Digest[] => leads.get(digest) ?? [];
      const { blobs, freed } = await content.collect({ roots: () => named('image'), children });
      assert.deepEqual(new Set(blobs), new Set([digestOf('old'), digestOf('old layer')]));
      assert.equal(freed, 'old'.length + 'old layer'.length);
      const left = (await content.list()).map(({ digest }) => digest);
      assert.deepEqual(new Set(left), new Set(named('image layer shared')));
    }),
  );

  it(
    'keeps what a lease holds, and what that leads to, until it is released or its time is over',
    withStore(async ({ content, lease, folder }) => {
      await content.put(Buffer.from('manifest'), lease);
      await content.put(Buffer.from('layer'), lease);
      await lease.release();
      const short = await content.lease('short', 60_000);
      await short.hold(digestOf('manifest'));
      const children = (digest: Digest): Digest[] => (digest === digestOf('manifest') ? named('layer') : []);
      assert.deepEqual((await content.collect({ roots: nothing, children })).blobs, []);
      const { now } = Date;
      Date.now = () => now() + 60_001;
      try {
        assert.equal((await content.collect({ roots: nothing, children })).blobs.length, 2);
      } finally {
        Date.now = now;
      }
      assert.deepEqual(readdirSync(join(folder, 'leases')), []);
    }),
  );

  it(
    'keeps what a lease holds when another of the same name is released',
    withStore(async ({ content, lease }) => {
      await content.put(Buffer.from('one'), lease);
      const other = await content.lease(lease.name, 60_000);
      await content.put(Buffer.from('one'), other);
      await content.put(Buffer.from('two'), other);
      await other.release();
      assert.deepEqual((await content.collect({ roots: nothing, children: nothing })).blobs, named('two'));
    }),
  );

  it(
    'asks for the roots after it has read the leases, so that nothing falls between the two',
    withStore(async ({ content, lease }) => {
      await content.put(Buffer.from('image'), lease);
      const books: Digest[] = [];
      const roots = async (): Promise<Digest[]> => {
        const known = [...books];
        // What a pull does at its end, a moment too late for us to see it.
        books.push(digestOf('image'));
        await lease.release();
        return known;
      };
      assert.deepEqual((await content.collect({ roots, children: nothing })).blobs, []);
    }),
  );

  it(
    'lets nobody take a blob into use while garbage goes',
    withStore(async ({ content, lease }) => {
      await content.put(Buffer.from('blob'), lease);
      await lease.release();
      const late = await content.lease('late', 60_000);
      let asked: Promise<void> | undefined;
      const roots = async (): Promise<Digest[]> => {
        asked = late.hold(digestOf('blob'));
        await Promise.race([asked, sleep(50)]);
        return [];
      };
      assert.deepEqual((await content.collect({ roots, children: nothing })).blobs, named('blob'));
      await assert.rejects(asked!, { code: 'CONTENT_MISSING' });
    }),
  );

  it(
    'removes parts that nobody has written for long, and none that is being written',
    withStore(async ({ content, lease, parts }) => {
      const left = await content.ingest({ key: 'left', lease });
      await left.write(Buffer.alloc(10));
      await left.close();
      const busy = await content.ingest({ key: 'busy', lease });
      await busy.write(Buffer.alloc(10));
      const collect = (stale?: number): ReturnType<typeof content.collect> =>
        content.collect({ roots: nothing, children: nothing, stale });
      assert.equal((await collect()).ingests, 0);
      assert.deepEqual(await collect(0), { blobs: [], ingests: 1, freed: 10 });
      assert.equal(parts().length, 1);
      await busy.abort();
    }),
  );

  it(
    'removes parts that nobody could continue at once, and none that is being written',
    withStore(async ({ content, lease, parts }) => {
      const left = await content.ingest({ lease });
      await left.write(Buffer.alloc(10));
      await left.close();
      const busy = await content.ingest({ lease });
      const { ingests, freed } = await content.collect({ roots: nothing, children: nothing });
      assert.deepEqual([ingests, freed, parts().length], [1, 10, 1]);
      await busy.commit();
      assert.deepEqual(parts(), []);
    }),
  );

  it(
    'is not needed for parts that nobody has gone on with for a day: they go when the next lease is taken',
    withStore(async ({ content, lease, parts, folder }) => {
      let busy: Ingest | undefined;
      for (const key of ['old', 'young', 'busy']) {
        const part = await content.ingest({ key, lease });
        await part.write(Buffer.alloc(key.length));
        if (key === 'busy') busy = part;
        else await part.close();
      }
      const path = (name: string): string => join(folder, 'ingest', name);
      const yesterday = Date.now() / 1000 - 25 * 60 * 60;
      for (const name of parts()) if (statSync(path(name)).size !== 5) utimesSync(path(name), yesterday, yesterday);
      await (await content.lease('next', 1000)).release();
      assert.deepEqual(
        parts()
          .map((name) => statSync(path(name)).size)
          .sort(),
        [4, 5],
      );
      await busy?.abort();
    }),
  );

  it(
    'removes nothing when a lease cannot be read',
    withStore(async ({ content, lease, folder }) => {
      await content.put(Buffer.from('blob'), lease);
      await lease.release();
      writeFileSync(join(folder, 'leases', 'torn.json'), '{"expires":');
      await assert.rejects(content.collect({ roots: nothing, children: nothing }), { code: 'STATE_BROKEN' });
      assert.equal((await content.list()).length, 1);
    }),
  );
});

describe('the name of a lease', () => {
  it(
    'is no path',
    withStore(async ({ content }) => {
      for (const name of ['', '..', '../x', 'a/b', '.hidden', 'a'.repeat(101), 'a\0b'])
        await assert.rejects(content.lease(name, 1000), { code: 'ID_INVALID' }, name);
    }),
  );
});
