/** The context of a build, from whoever sends it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as others } from 'node:timers/promises';
import { Context } from '../../../src/builder/context.ts';
import { parseIgnore } from '../../../src/builder/dockerfile/index.ts';
import { walk } from '../../../src/builder/files.ts';
import { writeTar, type WrittenEntry } from '../../../src/layers/index.ts';

describe('a context', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'dd-context-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const { signal } = new AbortController();
  const file = (path: string): WrittenEntry => ({
    ...{ type: 'file', path: Buffer.from(path), mode: 0o644, uid: 0, gid: 0 },
    ...{ mtime: { seconds: 0, nanoseconds: 0 }, size: 0, data: Buffer.alloc(0) },
  });
  const receive = (...paths: string[]): Promise<Context> =>
    Context.receive(writeTar(paths.map(file)), folder, new AbortController().signal);

  it('leaves out what is ignored, and keeps a folder for what is in it and is not', async () => {
    await using context = await receive('a/b/keep', 'a/b/c', 'a/d', 'e', 'f/g');
    await context.leaveOut(parseIgnore('a\nf/*\n!a/b/keep\n'), signal);
    assert.deepEqual([...walk(context, '/')], ['/', '/a', '/a/b', '/a/b/keep', '/e', '/f']);
  });

  it('lets others have their turn while a long list is held against many files, and ends when nobody wants it', async () => {
    await using context = await receive(...Array.from({ length: 500 }, (_, i) => `folder/file-${i}`));
    const rules = parseIgnore(Array.from({ length: 500 }, (_, i) => `**/*${i}*x`).join('\n'));
    const leaving = new AbortController();
    const done = context.leaveOut(rules, leaving.signal);
    await others();
    leaving.abort(new Error('nobody is there any more'));
    await assert.rejects(done, /nobody is there any more/);
  });

  it('has no folders in folders without an end', async () => {
    await assert.rejects(receive(`${'a/'.repeat(100_000)}b`), { code: 'ARCHIVE_INVALID' });
    await using context = await receive(`${'a/'.repeat(2000)}b`);
    assert.equal([...walk(context, '/')].length, 2002);
    assert.deepEqual(readdirSync(folder), []);
  });
});
