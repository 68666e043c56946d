/**
 * kill -9 before each call that changes something, from the opening of a store to the removal of its last container. strace
 * does the killing, so nothing in the source knows of it: the N-th mkdir, the N-th rename, …
 *
 * After every second of them comes `cleanup`: every snapshot that is there is whole, a second cleanup finds nothing, the life
 * goes on to its end. After the others all is removed as it is. In the end the folder is as it was. DRYDOCK_ROUNDS=1000: all
 * of the kills.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { projectHome } from '../../../src/linux/native.ts';
import { withMounted } from '../../../src/snapshots/mount.ts';
import { removeIfThere } from '../../../src/images/unpack.ts';
import type { Snapshotter } from '../../../src/snapshots/snapshotter.ts';
import { openStore } from '../../../src/snapshots/store.ts';
import { folder, fresh, leavesNothing } from '../support.ts';
import { rounds } from '../../sample.ts';
import { withDriver, type Candidate } from './drivers.ts';
import { BEGIN, live, shows } from './life.ts';

const CHANGING = [
  'mkdir',
  'rename',
  'unlink',
  'unlinkat',
  'rmdir',
  'symlink',
  'fsync',
  'ftruncate',
  'mount',
  'umount2',
  'ioctl',
];
/** Of all that a life makes, children first. */
const NAMES = ['look', 'box', 'next-key', 'next', 'base-key', 'base'];
const FOLLOW = ['-f', '-qq', '-o'];
/** How many of the points of a driver are tried, evenly; more than there are: all. */
const ROUNDS = rounds(40);

interface Point {
  readonly call: string;
  readonly number: number;
}

export function crashes(candidate: Candidate): void {
  const { driver } = candidate;
  withDriver(candidate, `kill -9 of whoever works with ${candidate.title}`, (place) => {
    let program: string;
    let snapshots: Snapshotter;
    let empty: string[];
    let points: Point[];

    const contents = (): string[] => readdirSync(join(place(), snapshots.driver)).sort();
    const strace = (...words: string[]): number | null => {
      const name = snapshots.driver;
      const { status, error } = spawnSync('strace', [...words, process.execPath, program, name, place()], {
        stdio: 'ignore',
        env: { ...process.env, DRYDOCK_HOME: projectHome() },
      });
      if (error) throw error;
      return status;
    };

    before('find all points', async () => {
      program = join(folder, fresh('life'), 'life.cjs');
      buildSync({
        entryPoints: [join(__dirname, 'life.ts')],
        outfile: program,
        bundle: true,
        platform: 'node',
        target: 'node20',
        logLevel: 'error',
      });
      snapshots = await openStore(driver(), place());
      empty = contents();
      points = findPoints(strace);
      await removeAll();
      assert(points.length > 30, `${points.length} points`);
    });
    after('let it go', async () => snapshots?.close());
    leavesNothing();

    async function removeAll(): Promise<void> {
      for (const name of NAMES)
        if ((await snapshots.walk()).some((one) => one.name === name)) await snapshots.remove(name);
    }

    /** Each committed snapshot shows what it should, each active one can be mounted. */
    async function everythingIsWhole(): Promise<void> {
      for (const { name, kind } of await snapshots.walk()) {
        const key = kind === 'committed' ? fresh('look') : name;
        const mounts = kind === 'committed' ? await snapshots.view(key, name) : await snapshots.mounts(key);
        await withMounted(mounts, join(folder, fresh('mounted')), (path) => {
          const files = readdirSync(path).sort();
          if (kind === 'committed') assert.deepEqual(files, shows[name], name);
          for (const file of files.filter((one) => one !== 'two'))
            assert.equal(readFileSync(join(path, file), 'utf8'), file);
        });
        if (kind === 'committed') await snapshots.remove(key);
      }
    }

    /** What is whole can be removed though nobody has cleaned up; afterwards there is nothing but rubbish. */
    async function removeUncleaned({ call, number }: Point): Promise<void> {
      for (const name of NAMES) await removeIfThere(snapshots, name);
      await snapshots.cleanup();
      assert.deepEqual(contents(), empty, `${call} ${number}`);
    }

    async function cleanUpAndGoOn({ call, number }: Point): Promise<void> {
      const done = await snapshots.cleanup();
      assert.deepEqual(await snapshots.cleanup(), [], `${call} ${number}: a second cleanup after ${done.join(', ')}`);
      await everythingIsWhole();
      await live(snapshots);
      await everythingIsWhole();
      await removeAll();
      assert.deepEqual(contents(), empty, `${call} ${number}`);
    }

    function killedBefore({ call, number }: Point): void {
      const status = strace(
        ...FOLLOW,
        '/dev/null',
        '-e',
        `trace=${call}`,
        '-e',
        `inject=${call}:signal=KILL:when=${number}`,
      );
      assert.equal(status, null, `${call} ${number}: it was to be killed, and ended with ${status}`);
    }

    for (const call of CHANGING)
      it(`is made good, whichever ${call} it was`, async () => {
        const step = Math.ceil(points.length / ROUNDS);
        const mine = points.filter((point, index) => point.call === call && index % step === 0);
        for (const [index, point] of mine.entries()) {
          killedBefore(point);
          try {
            await (index % 2 === 0 ? cleanUpAndGoOn(point) : removeUncleaned(point));
          } catch (cause) {
            throw new Error(`killed before ${call} ${point.number}: ${(cause as Error).message}`, { cause });
          }
        }
      });
  });
}

/** The changing calls of a life that nobody ends, each with its number among those of its name and thread. */
function findPoints(strace: (...words: string[]) => number | null): Point[] {
  const log = join(folder, fresh('calls'));
  assert.equal(strace(...FOLLOW, log, '-e', `trace=access,${CHANGING.join()}`), 0);
  const points: Point[] = [];
  const count = new Map<string, number>();
  let [main, begun] = ['', false];
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    const [, pid, call] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (pid === undefined || call === undefined) continue;
    if (line.includes(BEGIN)) [main, begun] = [pid, true];
    const number = (count.get(`${pid} ${call}`) ?? 0) + 1;
    count.set(`${pid} ${call}`, number);
    if (begun && pid === main && CHANGING.includes(call)) points.push({ call, number });
  }
  return points;
}
