/**
 * What sharing costs: who changes a layer changes every container that stands on it. And what a name in an archive can do to
 * whoever takes it at its word.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { breaking, type Attack } from '../../src/learn/attack.ts';
import { openSnapshots } from '../../src/snapshots/choose.ts';
import { withMounted } from '../../src/snapshots/mount.ts';
import { meaningOf } from '../../src/snapshots/whiteouts.ts';

async function withFolder<T>(body: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(join(process.env.DRYDOCK_RUN ?? tmpdir(), 'union-'));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const behind: Attack = {
  name: 'a lower layer changes behind a container’s back',
  undefended: 'overlay: the layer itself is shown',
  defended: 'vfs: the container has a copy',
  attempt: (_target, isDefended) =>
    withFolder(async (folder) => {
      const driver = isDefended ? 'vfs' : 'overlay';
      const snapshots = await openSnapshots(folder, driver);
      await snapshots.prepare('key');
      await snapshots.withTarget('key', ({ folder: own }) => writeFileSync(join(own, 'passwd'), 'root:x:0:0'));
      await snapshots.commit('base', 'key');
      const seen = await withMounted(await snapshots.prepare('box', 'base'), join(folder, 'box'), (path) => {
        writeFileSync(join(folder, driver, 'base/fs/passwd'), 'root::0:0');
        return readFileSync(join(path, 'passwd'), 'utf8');
      });
      return { succeeded: seen === 'root::0:0', seen: `the container reads ${seen}` };
    }),
};

/** What unpackers once did: cut the prefix off, and delete what is left. */
function careless(folder: string, name: string): void {
  rmSync(join(folder, name.slice('.wh.'.length)), { recursive: true, force: true });
}

const dots: Attack = {
  name: 'a whiteout that hides two dots',
  undefended: 'the prefix is cut off, and the rest is deleted',
  defended: 'a whiteout must hide a name',
  attempt: (_target, isDefended) =>
    withFolder((folder) => {
      const layer = join(folder, 'images/layer');
      mkdirSync(layer, { recursive: true });
      writeFileSync(join(folder, 'images/neighbour'), '');
      let answer = 'nobody minded';
      try {
        if (isDefended) meaningOf(Buffer.from('.wh...'));
        else careless(layer, '.wh...');
      } catch (error) {
        answer = (error as { code?: string }).code ?? String(error);
      }
      const isGone = !existsSync(join(folder, 'images/neighbour'));
      return { succeeded: isGone, seen: `the layer’s neighbour is ${isGone ? 'gone' : 'there'}; ${answer}` };
    }),
};

export const attacks: readonly Attack[] = [behind, dots];

export const breakIt = breaking(attacks, {
  lesson: 'union',
  seconds: 2,
  question: 'What can somebody do who gets at a layer, or makes one?',
  turn: ['./drydock begin union', 'write the order and the marks, about 35 min'],
});
