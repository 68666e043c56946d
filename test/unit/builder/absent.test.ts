/** What is said of a source that is not there. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Context } from '../../../src/builder/context.ts';
import { find } from '../../../src/builder/copying.ts';
import { parseIgnore } from '../../../src/builder/dockerfile/index.ts';
import { writeTar, type WrittenEntry } from '../../../src/layers/index.ts';

describe('the hint of a source that is not in the context', () => {
  let folder: string;
  let context: Context;
  const { signal } = new AbortController();
  const entry = (path: string): WrittenEntry => ({
    ...{ type: 'file', path: Buffer.from(path), mode: 0o644, uid: 0, gid: 0 },
    ...{ mtime: { seconds: 0, nanoseconds: 0 }, size: 0, data: Buffer.alloc(0) },
  });
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dd-absent-'));
    const there = ['package.json', 'src/main.c', 'src/größe.c', 'logs/keep.txt', 'logs/old.log'];
    context = await Context.receive(writeTar(there.map(entry)), folder, signal);
    await context.leaveOut(parseIgnore('logs\n!logs/keep.txt\nnode_modules\n'), signal);
  });
  after(async () => {
    await context[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const general = /^names are those of the context; \.dockerignore may leave it out$/;
  for (const [source, hint] of [
    ['pakage.json', /^did you mean 'package\.json'\?$/],
    ['/scr/main.c', /^did you mean 'src\/main\.c'\?$/],
    ['src/mian.c', /^did you mean 'src\/main\.c'\?$/],
    ['scr/other.c', /^did you mean 'src'\?$/],
    ['src/grösse.c', /^did you mean 'src\/größe\.c'\?$/],
    ['main.c', /^did you mean 'src\/main\.c'\?$/],
    ['logs/old.log', /^\.dockerignore leaves logs\/old\.log out: a line !logs\/old\.log at its end/],
    ['node_modules/x', /^\.dockerignore leaves node_modules\/x out/],
    ['elephant', general],
    ['package.json/x', general],
    ['*.zip', general],
    ['x'.repeat(300_000), general],
  ] as const)
    it(`of ${source.slice(0, 20)}`, () => {
      assert.throws(
        () => find(context, source),
        (error: { hint?: string }) => hint.test(error.hint!) || assert.fail(error.hint),
      );
    });
});
