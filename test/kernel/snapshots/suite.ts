/**
 * What every storage driver must do, whatever it is made of. Each test looks through mounts, as a container would. The files
 * beside this one call it, one for each driver.
 */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { withMounted } from '../../../src/snapshots/mount.ts';
import type { Snapshotter } from '../../../src/snapshots/snapshotter.ts';
import { openStore } from '../../../src/snapshots/store.ts';
import { rounds } from '../../sample.ts';
import { folder, fresh, leavesNothing } from '../support.ts';
import { withDriver, type Candidate } from './drivers.ts';
import { facts, fill, identity, NOT_UTF8, write } from './trees.ts';

/** As many layers as an image may have; fewer where few rounds of everything are asked for, as on an emulated machine. */
const DEEP = Math.min(128, rounds(512));

export function suite(candidate: Candidate): void {
  withDriver(candidate, `the storage driver ${candidate.title}`, (place) => tests(candidate, place));
}

function tests({ driver }: Candidate, place: () => string): void {
  let snapshots: Snapshotter;
  let empty: string[];

  const contents = (): string[] => readdirSync(join(place(), snapshots.driver)).sort();

  before('open it', async () => {
    snapshots = await openStore(driver(), place());
    empty = contents();
  });
  after('let it go', async () => snapshots?.close());
  leavesNothing();
  afterEach('remove what there is, children first', async () => {
    for (let all = await snapshots.walk(); all.length > 0; all = await snapshots.walk()) {
      const parents = new Set(all.map(({ parent }) => parent));
      for (const { name } of all.filter(({ name: one }) => !parents.has(one))) await snapshots.remove(name);
    }
    assert.deepEqual(contents(), empty);
  });

  const mounted = <T>(mounts: Parameters<typeof withMounted>[0], body: (path: string) => T | Promise<T>): Promise<T> =>
    withMounted(mounts, join(folder, fresh('mounted')), body);

  /** A committed snapshot, changed by `body` from its parent, through a mount. */
  async function layer(name: string, parent: string | undefined, body: (path: string) => void): Promise<void> {
    await mounted(await snapshots.prepare(`${name}-key`, parent), body);
    await snapshots.commit(name, `${name}-key`);
  }

  /** What a view of a committed snapshot shows. */
  async function seen<T>(name: string, look: (path: string) => T): Promise<T> {
    const key = fresh('view');
    try {
      return await mounted(await snapshots.view(key, name), look);
    } finally {
      await snapshots.remove(key);
    }
  }

  const hasCode = (code: string) => (error: unknown) => (error as { code?: string }).code === code;

  it('gives what was written to whoever is prepared from it', async () => {
    await layer('base', undefined, (path) => write(join(path, 'file'), 'from the base'));
    const text = await mounted(await snapshots.prepare('box', 'base'), (path) =>
      readFileSync(join(path, 'file'), 'utf8'),
    );
    assert.equal(text, 'from the base');
  });

  it('keeps every kind of file exactly, through two generations', async () => {
    let before!: Map<string, string>;
    await layer('base', undefined, (path) => {
      fill(path);
      before = facts(path);
    });
    await layer('next', 'base', (path) => write(join(path, 'more'), 'more'));
    const after = await seen('next', facts);
    after.delete('more');
    assert.deepEqual(after, before);
  });

  it('keeps hard links among the files of a tree', async () => {
    await layer('base', undefined, (path) => {
      write(join(path, 'one'), 'text');
      linkSync(join(path, 'one'), join(path, 'two'));
    });
    await layer('next', 'base', () => undefined);
    await seen('next', (path) => assert.equal(identity(join(path, 'one')), identity(join(path, 'two'))));
  });

  it('does not let a child change its parent, or another child', async () => {
    await layer('base', undefined, (path) => {
      fill(path);
      write(join(path, 'file'), 'old');
    });
    const before = await seen('base', facts);
    await mounted(await snapshots.prepare('one', 'base'), (path) => {
      write(join(path, 'file'), 'new');
      chmodSync(join(path, 'dir/plain'), 0o600);
      write(join(path, 'second name'), 'both names');
      rmSync(join(path, 'dir/closed'), { recursive: true });
    });
    assert.deepEqual(await seen('base', facts), before);
    await mounted(await snapshots.prepare('two', 'base'), (path) => assert.deepEqual(facts(path), before));
  });

  it('hides what a child has deleted, and its own children do not see it either', async () => {
    await layer('base', undefined, fill);
    await layer('next', 'base', (path) => {
      rmSync(join(path, 'dir/plain'));
      rmSync(join(path, 'sticky'), { recursive: true });
      rmSync(Buffer.concat([Buffer.from(`${path}/`), NOT_UTF8]));
    });
    await layer('last', 'next', () => undefined);
    const names = [...(await seen('last', facts)).keys()];
    for (const gone of ['dir/plain', 'sticky', NOT_UTF8.toString('latin1')]) assert(!names.includes(gone), gone);
    assert(names.includes('second name'), 'the other name of a file stays');
    assert(names.includes('dir/setuid'));
  });

  it('shows nothing of a directory that was deleted and made again', async () => {
    await layer('base', undefined, (path) => {
      mkdirSync(join(path, 'dir'));
      for (const name of ['old', 'same']) write(join(path, 'dir', name), 'base');
    });
    await layer('next', 'base', (path) => {
      rmSync(join(path, 'dir'), { recursive: true });
      mkdirSync(join(path, 'dir'));
      write(join(path, 'dir/same'), 'next');
    });
    await layer('last', 'next', (path) => write(join(path, 'dir/more'), 'last'));
    await seen('last', (path) => {
      assert.deepEqual(readdirSync(join(path, 'dir')).sort(), ['more', 'same']);
      assert.equal(readFileSync(join(path, 'dir/same'), 'utf8'), 'next');
    });
  });

  it('takes a file in the place of a directory, and a directory in the place of a file', async () => {
    await layer('base', undefined, (path) => {
      mkdirSync(join(path, 'was a folder'));
      write(join(path, 'was a folder/inside'), '');
      write(join(path, 'was a file'), '');
    });
    await layer('next', 'base', (path) => {
      rmSync(join(path, 'was a folder'), { recursive: true });
      symlinkSync('elsewhere', join(path, 'was a folder'));
      rmSync(join(path, 'was a file'));
      mkdirSync(join(path, 'was a file/deep'), { recursive: true });
    });
    await layer('last', 'next', () => undefined);
    assert.deepEqual([...(await seen('last', facts)).keys()], ['was a file', 'was a file/deep', 'was a folder']);
  });

  it('lets directories be renamed, or says EXDEV as between two file systems, for which programs copy', async () => {
    await layer('base', undefined, (path) => {
      mkdirSync(join(path, 'old/deep'), { recursive: true });
      write(join(path, 'old/deep/file'), 'text');
    });
    await layer('next', 'base', (path) => {
      mkdirSync(join(path, 'own'));
      renameSync(join(path, 'own'), join(path, 'own too'));
      try {
        renameSync(join(path, 'old'), join(path, 'new'));
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'EXDEV');
        mkdirSync(join(path, 'new/deep'), { recursive: true });
        renameSync(join(path, 'old/deep/file'), join(path, 'new/deep/file'));
        rmSync(join(path, 'old'), { recursive: true });
      }
    });
    await layer('last', 'next', () => undefined);
    assert.deepEqual([...(await seen('last', facts)).keys()], ['new', 'new/deep', 'new/deep/file', 'own too']);
  });

  it(`mounts ${DEEP} layers, and the topmost wins`, async function () {
    let parent: string | undefined;
    for (let height = 0; height < DEEP; height++) {
      const name = `sha256:${String(height).padStart(64, '0')}`;
      await snapshots.prepare('key', parent);
      await snapshots.withTarget('key', ({ folder: target }) => {
        write(join(target, `layer-${height}`), '');
        write(join(target, 'top'), String(height));
      });
      await snapshots.commit(name, 'key');
      parent = name;
    }
    await mounted(await snapshots.prepare('box', parent), (path) => {
      assert.equal(readFileSync(join(path, 'top'), 'utf8'), String(DEEP - 1));
      assert.equal(readdirSync(path).filter((name) => name.startsWith('layer-')).length, DEEP);
      write(join(path, 'top'), 'box');
      rmSync(join(path, 'layer-0'));
    });
    const changes = (await snapshots.changes('box')).map(({ kind, path }) => `${kind} ${path.toString()}`);
    assert.deepEqual(changes, ['deleted layer-0', 'changed top']);
  });

  it('refuses to write into a view, also of a deep stack and of nothing', async () => {
    await layer('base', undefined, (path) => write(join(path, 'file'), ''));
    await layer('next', 'base', (path) => write(join(path, 'more'), ''));
    for (const parent of [undefined, 'base', 'next']) {
      await mounted(await snapshots.view('look', parent), (path) => {
        assert.throws(() => writeFileSync(join(path, 'new'), ''), { code: 'EROFS' });
        assert.equal(existsSync(join(path, 'file')), parent !== undefined);
      });
      await assert.rejects(snapshots.commit('name', 'look'), hasCode('SNAPSHOT_IN_USE'));
      await snapshots.remove('look');
    }
  });

  it('shows the root directory with the owner and mode that it was given last', async () => {
    await layer('base', undefined, (path) => chmodSync(path, 0o711));
    await layer('next', 'base', () => undefined);
    await seen('next', (path) => assert.equal(statSync(path).mode & 0o7777, 0o711));
  });

  it('finds what differs from the parent', async () => {
    await layer('base', undefined, (path) => {
      for (const name of ['gone', 'kept', 'opaque']) mkdirSync(join(path, name));
      for (const name of ['gone/file', 'kept/same', 'kept/text', 'kept/lost', 'opaque/old', 'opaque/same'])
        write(join(path, name), name);
      utimesSync(join(path, 'kept/text'), 1, 1);
    });
    await mounted(await snapshots.prepare('box', 'base'), (path) => {
      rmSync(join(path, 'gone'), { recursive: true });
      rmSync(join(path, 'kept/lost'));
      write(join(path, 'kept/text'), 'changed');
      rmSync(join(path, 'opaque'), { recursive: true });
      mkdirSync(join(path, 'opaque'));
      write(join(path, 'opaque/new'), '');
      mkdirSync(join(path, 'added'));
      write(join(path, 'added/file'), '');
    });
    const changes = (await snapshots.changes('box')).map(({ kind, path }) => `${kind} ${path.toString()}`);
    assert.deepEqual(changes, [
      ...['added added', 'added added/file', 'deleted gone', 'changed kept', 'deleted kept/lost', 'changed kept/text'],
      ...['changed opaque', 'added opaque/new', 'deleted opaque/old', 'deleted opaque/same'],
    ]);
    assert.deepEqual(
      await snapshots.changes('base').then((all) => new Set(all.map(({ kind }) => kind))),
      new Set(['added']),
    );
  });

  it('says what a snapshot would free', async () => {
    const MB = 1024 * 1024;
    await layer('base', undefined, (path) => writeFileSync(join(path, 'big'), Buffer.alloc(4 * MB, 1)));
    await mounted(await snapshots.prepare('box', 'base'), (path) => {
      writeFileSync(join(path, 'small'), Buffer.alloc(MB, 2));
      linkSync(join(path, 'small'), join(path, 'the same'));
    });
    const [base, box] = [await snapshots.usage('base'), await snapshots.usage('box')];
    assert(base.size >= 4 * MB && base.size < 5 * MB, `base: ${base.size}`);
    const own = snapshots.driver === 'vfs' ? 5 * MB : MB;
    assert(box.size >= own && box.size < own + MB, `box: ${box.size}`);
    assert(base.inodes >= 1 && box.inodes >= 1);
  });

  it('unpacks into a target, with marks where it takes marks', async () => {
    await layer('base', undefined, (path) => write(join(path, 'file'), 'base'));
    await snapshots.prepare('key', 'base');
    await snapshots.withTarget('key', ({ folder: target, whiteouts }) => {
      write(join(target, 'more'), 'more');
      assert.equal(existsSync(join(target, 'file')), whiteouts === 'remove');
    });
    await snapshots.commit('next', 'key');
    await seen('next', (path) => assert.deepEqual(readdirSync(path).sort(), ['file', 'more']));
    await assert.rejects(
      snapshots.withTarget('next', () => undefined),
      hasCode('SNAPSHOT_IN_USE'),
    );
  });

  it('takes layers in any order if it stacks them, and else refuses a parent at the commit', async () => {
    for (const name of ['upper', 'lower']) {
      await snapshots.prepare(`${name}-key`);
      await snapshots.withTarget(`${name}-key`, ({ folder: target }) => {
        write(join(target, 'both'), name);
        write(join(target, name), name);
      });
    }
    await snapshots.commit('lower', 'lower-key');
    if (!snapshots.stacking) {
      await assert.rejects(snapshots.commit('upper', 'upper-key', 'lower'), hasCode('SNAPSHOT_IN_USE'));
      return;
    }
    await snapshots.commit('upper', 'upper-key', 'lower');
    await seen('upper', (path) => {
      assert.deepEqual(readdirSync(path).sort(), ['both', 'lower', 'upper']);
      assert.equal(readFileSync(join(path, 'both'), 'utf8'), 'upper');
    });
    assert.equal((await snapshots.stat('upper')).parent, 'lower');
  });

  it('refuses what the life of a snapshot does not have', async () => {
    await layer('base', undefined, () => undefined);
    await snapshots.prepare('box', 'base');
    await assert.rejects(snapshots.prepare('box'), hasCode('SNAPSHOT_EXISTS'));
    await assert.rejects(snapshots.view('base'), hasCode('SNAPSHOT_EXISTS'));
    await assert.rejects(snapshots.prepare('child', 'box'), hasCode('SNAPSHOT_MISSING'));
    await assert.rejects(snapshots.prepare('child', 'nothing'), hasCode('SNAPSHOT_MISSING'));
    await assert.rejects(snapshots.commit('base', 'box'), hasCode('SNAPSHOT_EXISTS'));
    await assert.rejects(snapshots.commit('other', 'base'), hasCode('SNAPSHOT_IN_USE'));
    await assert.rejects(snapshots.mounts('base'), hasCode('SNAPSHOT_IN_USE'));
    await assert.rejects(snapshots.remove('base'), hasCode('SNAPSHOT_IN_USE'));
    await assert.rejects(snapshots.stat('nothing'), hasCode('SNAPSHOT_MISSING'));
    await assert.rejects(snapshots.remove('nothing'), hasCode('SNAPSHOT_MISSING'));
    for (const name of ['..', '.new-1', 'l', 'a/b', '', 'sha256:../../../etc', 'x'.repeat(200)])
      await assert.rejects(snapshots.prepare(name), hasCode('ID_INVALID'), name);
    assert.deepEqual(
      (await snapshots.walk()).map(({ name, kind }) => `${name} ${kind}`),
      ['base committed', 'box active'],
    );
  });

  it('gives one of many who want the same key or name, and all the others an error', async () => {
    await layer('base', undefined, fill);
    const outcome = (results: PromiseSettledResult<unknown>[]): string[] =>
      results.map((one) => (one.status === 'fulfilled' ? 'won' : (one.reason as { code: string }).code)).sort();
    const many = Array.from({ length: 8 }, (_, i) => i);
    const one = ['won', ...many.slice(1).map(() => 'SNAPSHOT_EXISTS')].sort();
    assert.deepEqual(outcome(await Promise.allSettled(many.map(() => snapshots.prepare('same', 'base')))), one);
    await Promise.all(many.map((i) => snapshots.prepare(`key-${i}`, 'base')));
    const commits = await Promise.allSettled(many.map((i) => snapshots.commit('name', `key-${i}`)));
    assert.deepEqual(outcome(commits), one);
    await seen('name', (path) => assert.equal(readFileSync(join(path, 'dir/plain'), 'utf8'), 'plain\n'));
  });

  it('is found again by another that opens the same folder', async () => {
    await layer('base', undefined, (path) => write(join(path, 'file'), 'text'));
    await snapshots.prepare('box', 'base');
    const other = await openStore(driver(), place());
    const text = await mounted(await other.mounts('box'), (path) => readFileSync(join(path, 'file'), 'utf8'));
    assert.equal(text, 'text');
    assert.deepEqual(await other.cleanup(), []);
    assert.deepEqual(await other.walk(), await snapshots.walk());
  });
}
