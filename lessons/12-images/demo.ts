/**
 * Demo of lesson images: one layer with three digests, two images that share a base, a config that becomes a process, and
 * a store that others can read.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Demo, Verdict } from '../../src/learn/demo/demo.ts';
import { quote } from '../../src/learn/source.ts';
import * as images from '../../src/images/index.ts';
import { imageOf, layerOf, withShelf, type Shelf } from './by-hand.ts';
import { fromConfig } from './from-config.ts';

const lineOf = async (reference: string): Promise<string> => {
  const { file, start } = await quote(reference);
  return `${file.replace('src/', '')}:${start}`;
};

/** The first 12 digits, as `cut -c1-12` leaves them of what sha256sum says. */
const short = (digest: string): string => digest.replace('sha256:', '').slice(0, 12);
const same = (one: string, other: string): Verdict => [one.trim() === other.trim() ? 'GOOD' : 'BAD'];

/** What the shell of a scene is told by name: paths and digests are too long for a line. */
const variables = ['STORE', 'BASE', 'TOP'] as const;

/** A store of its own, which the shell knows as $STORE. */
async function atShelf(play: (shelf: Shelf) => Promise<void>): Promise<void> {
  try {
    await withShelf(images, (shelf) => {
      process.env.STORE = shelf.folder;
      return play(shelf);
    });
  } finally {
    for (const name of variables) delete process.env[name];
  }
}

export const demo: Demo = {
  lesson: 'images',
  seconds: 4,
  question: 'Who gives an image its name, and what does the name promise?',
  scenes: [
    {
      title: 'ONE LAYER, THREE DIGESTS',
      guess: 'compressed well and badly: is it the same layer?',
      play: (show) =>
        atShelf(async ({ folder }) => {
          const { blob } = await layerOf({ motd: 'ahoy\n'.repeat(1000) });
          writeFileSync(join(folder, 'layer'), blob);
          const digest = (of: string, verdict?: (said: string) => Verdict): Promise<string> =>
            show.outside(`${of} $STORE/layer | sha256sum | cut -c1-12`, verdict);
          const plain = await digest('cat');
          const fast = await digest('gzip -1nc');
          await digest('gzip -9nc', (said) => [said === fast ? 'BAD' : 'GOOD', 'another blob']);
          await show.outside('gzip -9nc $STORE/layer | zcat | sha256sum | cut -c1-12', (said) => same(said, plain));
          show.why('an image is made of diff IDs: who compresses it anew does not make another one');
        }),
    },
    {
      title: 'TWO IMAGES, ONE BASE',
      guess: 'two images share the lower of two layers. How many trees are there?',
      play: (show) =>
        atShelf(async ({ load }) => {
          const base = await layerOf({ base: '1' });
          const tops = [await layerOf({ motd: 'one' }), await layerOf({ motd: 'two' })];
          await load(...tops.map((top, i) => imageOf(`hand:${i + 1}`, [base, top])));
          const names = await show.outside('ls $STORE/snapshots/overlay | grep sha256 | cut -c8-19', (said) => [
            said.trim().split(/\s+/).length === 3 ? 'GOOD' : 'BAD',
          ]);
          show.fact('the base is called', short(base.diffId), [names.includes(short(base.diffId)) ? 'GOOD' : 'BAD']);
          process.env.BASE = base.diffId;
          for (const { diffId } of tops) {
            process.env.TOP = diffId;
            await show.outside('printf "$BASE $TOP" | sha256sum | cut -c1-12', (said) => [
              names.includes(said.trim()) ? 'GOOD' : 'BAD',
            ]);
          }
          show.plus('a layer with all that lies below it', await lineOf('src/images/chain.ts#chainId'));
          show.why('the name says what the tree is made of, so equal trees meet under one name');
        }),
    },
    {
      title: 'FROM A CONFIG TO A PROCESS',
      guess: 'Entrypoint is sleep, Cmd is 1000, and you type 2000. What runs?',
      async play(show) {
        const config = { Entrypoint: ['sleep'], Cmd: ['1000'], Env: ['ROLE=pilot'], WorkingDir: '/srv' };
        show.fact('the image says', Object.values(config).join('  '));
        for (const args of [[], ['2000']]) {
          const { pid } = await show.container(fromConfig(images, config, { args }));
          await show.outside(`tr '\\0' ' ' < /proc/${pid}/cmdline`, (said) => same(said, `sleep ${args[0] ?? '1000'}`));
          if (args.length > 0) continue;
          await show.outside(`tr '\\0' '\\n' < /proc/${pid}/environ | grep ROLE`);
          await show.outside(`readlink /proc/${pid}/cwd`);
        }
        show.plus('whose words count', await lineOf('src/images/spec.ts#commandOf'));
      },
    },
    {
      title: 'WHAT OTHERS SEE',
      guess: 'can a tool that has never heard of Drydock read its store?',
      play: (show) =>
        atShelf(async ({ store, load }) => {
          await load(imageOf('hand:1', [await layerOf({ motd: 'ahoy\n' }, { gzip: true })]));
          await show.outside('skopeo inspect --raw --config oci:$STORE/content > $STORE/config');
          const hashed = await show.outside('sha256sum < $STORE/config | cut -c1-12');
          const { id } = await images.findImage(store, 'hand:1');
          show.fact('Drydock calls the image', short(id), same(short(id), hashed));
          show.why('the id is the digest of the config: nobody has given it, anybody can compute it');
        }),
    },
  ],
  turn: ['./drydock begin images', 'names and commands, 40 min'],
};
