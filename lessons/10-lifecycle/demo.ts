/**
 * Demo of lesson lifecycle: a state that was written down, and one that is asked for; the moment between create and
 * start; and what stays of a container that has ended.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../src/learn/facts.ts';
import type { Demo } from '../../src/learn/demo/demo.ts';
import { quote } from '../../src/learn/source.ts';
import { readStat } from '../../src/linux/procfs.ts';
import * as ours from '../../src/runtime/index.ts';
import { descriptorsTo, withBox, type Box } from './box.ts';

const state = ({ run, id }: Box): string => ours.state(run, id).status;

export const demo: Demo = {
  lesson: 'lifecycle',
  seconds: 4,
  question: 'Who knows that a container runs, when everybody who started it is dead?',
  scenes: [
    {
      title: 'A STATE THAT WAS WRITTEN DOWN',
      guess: 'somebody writes “running” and is killed. What does the file say?',
      async play(show) {
        const folder = mkdtempSync(join(tmpdir(), 'drydock-written-'));
        try {
          const { pid, ended } = await show.outsider(['sleep', '7777']);
          await show.outside(`echo running > ${folder}/state; kill -9 ${pid}`);
          await ended;
          await show.outside(`cat ${folder}/state`, (said) => (said === 'running' ? ['BAD', 'it is dead'] : ['GOOD']));
          await show.outside(`kill -0 ${pid}`);
          show.why('whoever should have corrected the file was not there to do it');
        } finally {
          rmSync(folder, { recursive: true });
        }
      },
    },
    {
      title: 'CREATED: a process that waits at a fifo',
      guess: 'create is over, and the program has not begun. Who is there?',
      async play(show) {
        await withBox(ours, {}, async (box) => {
          const { pid } = box.container;
          await show.outside(`cat /proc/${pid}/comm; grep State /proc/${pid}/status`);
          const [held] = descriptorsTo(pid, join(box.dir, 'go'));
          show.fact(
            'it holds the fifo',
            `descriptor ${held?.fd}, flags 0${held?.flags.toString(8)} (2: read and write)`,
          );
          show.fact('state, by the kernel', state(box), [state(box) === 'created' ? 'GOOD' : 'BAD']);
          const { file, start } = await quote('src/runtime/lifecycle.ts#statusOf');
          show.plus('asked, not written down', `${file.replace('src/runtime/', '')}:${start}`);
        });
      },
    },
    {
      title: 'STARTED: by one byte, from whoever comes by',
      guess: 'can a shell start it, without Drydock?',
      async play(show) {
        await withBox(ours, {}, async (box) => {
          const { pid } = box.container;
          await show.outside(`: > ${join(box.dir, 'go')}`);
          show.fact('opened, and said nothing', state(box), [state(box) === 'created' ? 'GOOD' : 'BAD']);
          await show.outside(`printf 0 > ${join(box.dir, 'go')}`);
          await until(() => readStat(pid)?.isBeforeExec === false);
          await show.outside(`cat /proc/${pid}/comm`);
          show.fact('one byte', state(box), [state(box) === 'running' ? 'GOOD' : 'BAD']);
        });
      },
    },
    {
      title: 'STOPPED: and still there',
      guess: 'the program is killed. What is left, and until when?',
      async play(show) {
        const dir = await withBox(ours, { supervise: true }, async (box) => {
          await ours.start(box.run, box.id);
          await show.outside(`kill -9 ${box.container.pid}`);
          await box.container.wait();
          show.fact('state, by the kernel', state(box));
          await show.outside(`cut -d, -f1,2 ${join(box.dir, 'exit')}`, (said) =>
            /137/.test(said) ? ['GOOD', '128 + 9'] : ['BAD'],
          );
          return box.dir;
        });
        await show.outside(`ls ${dir}`, (said) => (/No such/.test(said) ? ['GOOD', 'deleted'] : ['BAD']));
        show.why('how it ended has to wait for somebody who asks: until delete');
      },
    },
  ],
  turn: ['./drydock begin lifecycle', 'the table and the fifo, about an hour'],
};
