/**
 * What has to hold in lesson lifecycle, in the order in which it is asked: the state first, then what each state takes,
 * then the fifo between create and start.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { check } from '../../src/learn/check/check.ts';
import { byte, dead, held, oneOfTwo, silent } from './check-fifo.ts';
import { another, follows, persists, terminal, zombie } from './check-status.ts';
import { created, paused, running, stopped } from './check-table.ts';

const nothingLeft = check(
  'nothing is left behind',
  {
    see: './drydock doctor; ls /run/drydock',
    hint: ({ left }) => [
      'Every container of this check was deleted. What is left is known by its folder.',
      `Left: ${String(left)}.`,
      '`./drydock doctor --repair` gives back what the claims in such a folder name.',
    ],
  },
  async (t) => {
    const counted = await t.leftBehind();
    const run = join(process.env.DRYDOCK_RUN ?? '/run/drydock', 'lifecycle');
    const folders = existsSync(run) ? readdirSync(run) : [];
    const left = t.fact(
      'left',
      [...folders, ...Object.values(counted).filter((count) => count > 0)].join(' ') || 'nothing',
    );
    t.must(left === 'nothing', { did: 'delete', kernel: left, wanted: 'nothing' });
  },
);

export const checks = [
  follows,
  zombie,
  another,
  persists,
  terminal,
  created,
  running,
  paused,
  stopped,
  held,
  silent,
  byte,
  oneOfTwo,
  dead,
  nothingLeft,
];
