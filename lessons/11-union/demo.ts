/**
 * Demo of lesson union: a file that is deleted and stays, a byte that costs megabytes, and two layers in the wrong order.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Demo } from '../../src/learn/demo/demo.ts';
import { quote } from '../../src/learn/source.ts';
import * as whole from '../../src/learn/whole.ts';
import { withMounted, type Mount } from '../../src/snapshots/mount.ts';
import { withStack } from './stack.ts';

const MB = 1024 * 1024;
const lineOf = async (reference: string): Promise<string> => {
  const { file, start } = await quote(reference);
  return `${file.replace('src/', '')}:${start}`;
};

export const demo: Demo = {
  lesson: 'union',
  seconds: 4,
  question: 'Where does a file go that a container deletes from its image?',
  scenes: [
    {
      title: 'DELETED, AND STILL THERE',
      guess: 'the container deletes a file of its image. Is it gone from the disk?',
      async play(show) {
        await withStack(whole, async ({ snapshots, folder, layer }) => {
          await layer('image', undefined, (own) => writeFileSync(join(own, 'motd'), 'hello\n'));
          await withMounted(await snapshots.prepare('box', 'image'), join(folder, 'box'), async (box) => {
            await show.outside(`rm ${box}/motd; ls ${box} | wc -l`, (said) => [said.trim() === '0' ? 'GOOD' : 'BAD']);
            await show.outside(`cat ${folder}/overlay/image/fs/motd`);
            await show.outside(`stat -c '%F %t:%T' ${folder}/overlay/box/fs/motd`);
          });
          show.plus('what stands for it in an archive', await lineOf('src/snapshots/whiteouts.ts#onDisk'));
          show.why('the layer below is shared: a deletion is one more thing that is added on top');
        });
      },
    },
    {
      title: 'ONE BYTE OF A LARGE FILE',
      guess: 'the container appends one byte to a file of 4 MB. How much does it store?',
      async play(show) {
        await withStack(whole, async ({ snapshots, folder, layer }) => {
          await layer('image', undefined, (own) => writeFileSync(join(own, 'data'), Buffer.alloc(4 * MB, 1)));
          await withMounted(await snapshots.prepare('box', 'image'), join(folder, 'box'), async (box) => {
            await show.outside(`printf x >> ${box}/data; du -k ${folder}/overlay/box/fs/data`);
          });
          const { size } = await snapshots.usage('box');
          show.fact('the container alone', `${Math.round(size / MB)} MB`, [
            size < MB ? 'GOOD' : 'BAD',
            'the whole file was copied up',
          ]);
        });
      },
    },
    {
      title: 'TWO LAYERS, TWO ORDERS',
      guess: 'lowerdir=base:fix or lowerdir=fix:base. Which of them shows the fix?',
      async play(show) {
        await withStack(whole, async ({ folder }) => {
          for (const name of ['base', 'fix']) {
            mkdirSync(join(folder, name));
            writeFileSync(join(folder, name, 'version'), `${name}\n`);
          }
          for (const order of ['base:fix', 'fix:base']) {
            const lower = order.split(':').map((name) => join(folder, name));
            const mount: Mount = { type: 'overlay', source: 'overlay', options: [`lowerdir=${lower.join(':')}`] };
            show.fact('lowerdir', order);
            await withMounted([mount], join(folder, 'box'), (box) =>
              show.outside(`cat ${box}/version`, (said) => [said.trim() === 'fix' ? 'GOOD' : 'BAD']),
            );
          }
          show.plus('the nearest first', await lineOf('src/snapshots/record.ts#chainFrom'));
        });
      },
    },
  ],
  turn: ['./drydock begin union', 'write the order and the marks, about 35 min'],
};
