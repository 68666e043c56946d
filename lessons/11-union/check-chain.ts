/** The checks of `chainFrom`: layers are stacked by the kernel in its order, and what the mount shows is looked at. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, consequence, type Check } from '../../src/learn/check/check.ts';
import { withStack, type Stack } from './stack.ts';

const CHAIN = 'snapshots/record.ts#chainFrom';
const ALL = 'a container sees the files of every layer, down to the base';

/** Three layers: each has a file of its own, and one that all have. */
async function three({ layer }: Stack): Promise<void> {
  let parent: string | undefined;
  for (const name of ['base', 'middle', 'top']) {
    await layer(name, parent, (own) => {
      writeFileSync(join(own, name), name);
      writeFileSync(join(own, 'whose'), name);
    });
    parent = name;
  }
}

const lowerOf = async ({ snapshots }: Stack): Promise<string> => {
  const [mount] = await snapshots.mounts('box');
  return mount?.options.find((option) => option.startsWith('lowerdir=')) ?? `${mount?.type}: no lowerdir`;
};

const all = check(
  ALL,
  {
    slot: CHAIN,
    see: 'grep overlay /proc/self/mounts',
    hint: ({ missing }) => [
      'Look at lowerdir= in the mount: how many directories does it have, and how many layers are there?',
      `"${String(missing)}" is not to be seen: its layer is not in the chain. One that is left out takes its files with it.`,
      'Begin with find(name) itself; go on with record.parent, as long as there is one; push each.',
    ],
  },
  (t) =>
    withStack(t.runtime, async (stack) => {
      await three(stack);
      const seen = await stack.box('top', (path) => readdirSync(path));
      const missing = t.fact('missing', ['base', 'middle', 'top'].filter((name) => !seen.includes(name)).join(', '));
      t.must(missing === '', {
        did: await lowerOf(stack),
        kernel: `the mount shows ${seen.join(', ')}`,
        wanted: 'base, middle, top, whose',
      });
    }),
);

const order = check(
  'where several layers have a file, the nearest one wins',
  {
    slot: CHAIN,
    needs: [ALL],
    see: 'grep -o "lowerdir=[^,]*" /proc/self/mounts    (overlayfs.rst, "Multiple lower layers")',
    hint: ({ whose }) => [
      'The kernel looks a name up from left to right in lowerdir=, and takes the first that has it.',
      `The file of "${String(whose)}" won, so that layer came first. The base has to be last.`,
      'Go from the snapshot towards the base, and append: the nearest stands first.',
    ],
  },
  (t) =>
    withStack(t.runtime, async (stack) => {
      await three(stack);
      const whose = t.fact('whose', await stack.box('top', (path) => readFileSync(join(path, 'whose'), 'utf8')));
      t.must(whose === 'top', { did: await lowerOf(stack), kernel: `whose says "${whose}"`, wanted: 'top' });
    }),
);

const committed = check(
  'what somebody still writes into is nobody’s parent',
  {
    slot: CHAIN,
    see: 'src/snapshots/snapshotter.ts, "The life of a snapshot"',
    hint: ({ got }) => [
      'A lower directory must not change while it is below a mount. Which snapshots never change again?',
      `A child of an active snapshot got the answer ${String(got)}. Its files could change under the child at any time.`,
      "if (at.record.kind !== 'committed') throw new DrydockError('SNAPSHOT_MISSING', …);",
    ],
  },
  (t) =>
    withStack(t.runtime, async ({ snapshots }) => {
      await snapshots.prepare('active');
      const answer = await snapshots.prepare('child', 'active').then(
        () => 'a snapshot',
        (error: { code?: string; message: string }) => error.code ?? error.message,
      );
      const got = t.fact('got', answer);
      t.must(got === 'SNAPSHOT_MISSING', {
        did: "prepare('child', 'active')",
        kernel: got,
        wanted: 'SNAPSHOT_MISSING',
      });
    }),
);

const untouched = consequence(
  'the layers below are as they were, whatever the container has done',
  { slot: CHAIN, needs: [ALL], see: 'find LOWER -newer UPPER' },
  (t) =>
    withStack(t.runtime, async (stack) => {
      await three(stack);
      await stack.box('top', (path) => {
        writeFileSync(join(path, 'whose'), 'box');
        rmSync(join(path, 'base'));
      });
      const lower = readFileSync(join(stack.folder, 'overlay/top/fs/whose'), 'utf8');
      const base = existsSync(join(stack.folder, 'overlay/base/fs/base'));
      t.must(lower === 'top' && base, {
        did: 'wrote into whose, removed base',
        kernel: `top/fs/whose says "${lower}", base/fs/base is ${base ? 'there' : 'gone'}`,
        wanted: '"top", there',
      });
    }),
);

export const chainChecks: readonly Check[] = [all, order, committed, untouched];
