/**
 * Demo of lesson images: one layer with three digests, two images that share a base, a config that becomes a process, and
 * a store that others can read.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Demo, Show } from '../../src/learn/demo/demo.ts';
import { quote } from '../../src/learn/source.ts';
import * as images from '../../src/images/index.ts';
import { features } from '../../src/linux/features.ts';
import { imageOf, layerOf, withShelf } from './by-hand.ts';

const lineOf = async (reference: string): Promise<string> => {
  const { file, start } = await quote(reference);
  return `${file.replace('src/', '')}:${start}`;
};
const short = (digest: string): string => digest.slice('sha256:'.length).slice(0, 12);
const firstOf = (text: string): string => text.trim().split(/\s/)[0] ?? '';

export const demo: Demo = {
  lesson: 'images',
  seconds: 4,
  question: 'Who gives an image its name, and what does the name promise?',
  scenes: [
    {
      title: 'ONE LAYER, THREE DIGESTS',
      guess: 'the same layer, compressed well and badly. Is it the same layer to a registry?',
      play: (show) =>
        withShelf(images, async ({ folder }) => {
          const { blob } = await layerOf({ motd: 'ahoy\n'.repeat(1000) });
          writeFileSync(join(folder, 'layer.tar'), blob);
          const digest = (how: string): Promise<string> =>
            show.outside(`cd ${folder}; ${how} < layer.tar | sha256sum | cut -c1-12`);
          const plain = await digest('cat');
          const blobs = [await digest('gzip -n1'), await digest('gzip -n9')];
          const back = await digest('gzip -n9 < layer.tar | zcat | cat; true');
          show.fact('the blobs', blobs[0] === blobs[1] ? 'equal' : 'two, with two names', ['GOOD']);
          show.fact('the diff ID', firstOf(back) === firstOf(plain) ? 'one, whatever packed it' : 'another one', [
            firstOf(back) === firstOf(plain) ? 'GOOD' : 'BAD',
          ]);
          show.why('an image is made of diff IDs: whoever compresses it anew does not make another one');
        }),
    },
    {
      title: 'TWO IMAGES, ONE BASE',
      guess: 'two images of two layers, the lower one the same. How many trees are on the disk?',
      play: (show) =>
        withShelf(images, async ({ folder, load }) => {
          const base = await layerOf({ base: '1' });
          const [one, two] = [await layerOf({ motd: 'one' }), await layerOf({ motd: 'two' })];
          await load(imageOf('hand:one', [base, one]), imageOf('hand:two', [base, two]));
          await show.outside(`ls ${folder}/snapshots/overlay | grep -c sha256`, (said) => [
            said.trim() === '3' ? 'GOOD' : 'BAD',
          ]);
          for (const { diffId } of [one, two]) {
            const made = firstOf(await show.outside(`printf '${base.diffId} ${diffId}' | sha256sum`));
            await show.outside(`ls -d ${folder}/snapshots/overlay/*${made} | wc -l`, (said) => [
              said.trim() === '1' ? 'GOOD' : 'BAD',
            ]);
          }
          show.plus('the name of a layer with what lies below', await lineOf('src/images/chain.ts#chainId'));
          show.why('the name says what the tree is made of, so equal trees meet under one name');
        }),
    },
    {
      title: 'FROM A CONFIG TO A PROCESS',
      guess: 'Entrypoint is sleep, Cmd is 1000, and you type 2000. What runs?',
      async play(show) {
        const config = { Entrypoint: ['sleep'], Cmd: ['1000'], Env: ['ROLE=pilot'], WorkingDir: '/srv' };
        show.fact('the image says', JSON.stringify(config));
        for (const args of [[], ['2000']]) {
          const container = await fromConfig(show, config, args);
          await show.outside(`tr '\\0' ' ' < /proc/${container.pid}/cmdline`, (said) => [
            said.trim() === `sleep ${args[0] ?? '1000'}` ? 'GOOD' : 'BAD',
          ]);
          if (args.length > 0) continue;
          await show.outside(`readlink /proc/${container.pid}/cwd`);
          await show.outside(`tr '\\0' '\\n' < /proc/${container.pid}/environ | grep ROLE`);
        }
        show.plus('whose words count', await lineOf('src/images/spec.ts#commandOf'));
      },
    },
    {
      title: 'WHAT OTHERS SEE',
      guess: 'can a tool that has never heard of Drydock read its store?',
      play: (show) =>
        withShelf(images, async ({ folder, load }) => {
          const made = imageOf('hand:1', [await layerOf({ motd: 'ahoy\n' }, { gzip: true })]);
          await load(made);
          const name = 'docker.io/library/hand:1';
          const config = `skopeo inspect --raw --config oci:${folder}/content:${name}`;
          const hashed = firstOf(await show.outside(`${config} | sha256sum`));
          await show.outside(`grep -c ${hashed} ${folder}/images/db.json`, (said) => [
            Number(said) > 0 ? 'GOOD' : 'BAD',
          ]);
          show.fact('the image’s id', short(`sha256:${hashed}`));
          show.why('the id is the digest of the config: nobody has given it, and anybody can compute it');
        }),
    },
  ],
  turn: ['./drydock begin images', 'names and commands, about 40 min'],
};

/** A lab container that starts as an image with this config would, by the person's words. */
function fromConfig(
  show: Show,
  config: Parameters<typeof images.imageSpec>[0],
  args: readonly string[],
): ReturnType<Show['container']> {
  const account = { uid: 0, gid: 0, additionalGids: [], home: '/root' };
  const asked = { hostname: 'lab', terminal: false, args };
  const { process } = images.imageSpec(config, asked, { rootfs: 'rootfs', account, binds: {} }, features());
  return show.container({ args: [], adjust: (spec) => ({ ...spec, process }) });
}
