/**
 * The state of a container, compared with what /proc says of its process: `statusOf`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../../src/errors.ts';
import { check, consequence, type Bench } from '../../src/learn/check/check.ts';
import { functionOf } from '../../src/learn/check/solved.ts';
import { until } from '../../src/learn/facts.ts';
import { readStat } from '../../src/linux/procfs.ts';
import { readStateIn, type SavedState, type Status } from '../../src/runtime/state.ts';
import { descriptorsTo, PATIENCE_MS, reach, withBox, type Box } from './box.ts';

const STATUS = 'lifecycle.ts#statusOf';
export const FOLLOWS = 'the state is created before the start, running after it, and stopped at the end';

export const follows = check(
  FOLLOWS,
  {
    slot: STATUS,
    see: './drydock oci create …; ./drydock oci state ID; ./drydock oci start ID; ./drydock oci state ID',
    hint: ({ when, is }) => [
      'Three facts of the kernel tell the three states apart. Which one is there before the start, and not after it?',
      `${String(when)} it said "${String(is)}". The process itself is alive before the start, and after it: what differs is that it has called execve.`,
      "Alive: readStat(pid)?.isBeforeExec ? 'created' : 'running'. Not alive: 'stopped'.",
    ],
  },
  async (t) => {
    await withBox(t.runtime, {}, async (box) => {
      const { container } = box;
      const saved = savedOf(box);
      const expect = (when: string, wanted: Status): void => {
        const is = t.fact('is', statusBy(t)(saved));
        t.fact('when', when);
        t.must(is === wanted, { did: when, kernel: `${is}    (${flagsOf(container.pid)})`, wanted });
      };
      expect('before the start', 'created');
      await reach.running(box);
      expect('after the start', 'running');
      process.kill(container.pid, 'SIGKILL');
      await container.wait();
      expect('after its end', 'stopped');
    });
  },
);

export const zombie = check(
  'one that has ended is stopped before anybody has waited for it',
  {
    slot: STATUS,
    needs: [FOLLOWS],
    see: './drydock try --without pid sh -c "sleep 0 & exec sleep 5", and outside: ps -o stat,comm',
    hint: () => [
      'Between its end and its parent’s wait a process is a zombie: it has a number, a name, and nothing else.',
      'The container was killed, and nobody had waited for it yet. It is in /proc, so it was taken for alive.',
      'isSame(pid, startTime) is false from the first moment of an end: it looks at the flags, not only at the folder.',
    ],
  },
  async (t) => {
    await withBox(t.runtime, {}, async (box) => {
      const saved = savedOf(box);
      const { pid } = box.container;
      process.kill(pid, 'SIGKILL');
      // No await: as long as this function does not yield, nobody reaps.
      while (readStat(pid) !== undefined && readStat(pid)?.state !== 'Z');
      const is = statusBy(t)(saved);
      const state = readStat(pid)?.state ?? 'gone';
      t.must(is === 'stopped', { did: 'killed it', kernel: `${is}, while its State is ${state}`, wanted: 'stopped' });
      await box.container.wait();
    });
  },
);

export const another = check(
  'a number that somebody else has by now is not the container',
  {
    slot: STATUS,
    needs: [FOLLOWS],
    see: 'cut -d" " -f22 /proc/PID/stat    (the start time, in ticks since boot; PID: of the container)',
    hint: ({ what }) => [
      'A number is given again after its process has been reaped; after a reboot all of them are. What else was saved?',
      `${String(what)} was another one, and the state was not "stopped": whoever has this number would be killed for it.`,
      "boot === bootId() && isSame(pid, startTime), and 'stopped' unless both hold.",
    ],
  },
  async (t) => {
    await withBox(t.runtime, {}, async (box) => {
      const saved = savedOf(box);
      const others: [what: string, state: SavedState][] = [
        ['the start time', { ...saved, startTime: String(Number(saved.startTime) + 1) }],
        ['the boot', { ...saved, bootId: '00000000-0000-0000-0000-000000000000' }],
      ];
      for (const [what, state] of others) {
        const is = statusBy(t)(state);
        t.fact('what', what);
        t.must(is === 'stopped', {
          did: `asked for a container of which ${what} differs`,
          kernel: is,
          wanted: 'stopped',
        });
      }
    });
  },
);

export const persists = consequence(
  'a container that has ended stays, with its exit code, until it is deleted',
  { slot: STATUS, needs: [FOLLOWS], see: 'cat /run/drydock/*/exit' },
  async (t) => {
    const dir = await withBox(t.runtime, { args: ['sh', '-c', 'exit 3'], supervise: true }, async (box) => {
      await reach.running(box);
      await box.container.wait();
      const text = readFileSync(join(box.dir, 'exit'), 'utf8');
      const { status } = JSON.parse(text) as { status?: number };
      const { status: is } = t.runtime.state(box.run, box.id);
      const seen = `${is}, and exit says ${text.trim()}`;
      t.must(status === 3 && is === 'stopped', { did: 'sh -c "exit 3" has ended', kernel: seen, wanted: 'stopped, 3' });
      return box.dir;
    });
    t.must(!existsSync(dir), { did: 'delete', kernel: `${dir} is still there`, wanted: 'nothing' });
  },
);

export const terminal = consequence(
  'its terminal is its own inside, and the shim holds the other end',
  { slot: STATUS, needs: [FOLLOWS], see: 'ls -l /proc/PID/fd /proc/SHIM/fd    (PID: of the container)' },
  async (t) => {
    await withBox(t.runtime, { supervise: true, terminal: true }, async (box) => {
      const { pid } = box.container;
      await reach.running(box);
      const shim = readStat(pid)!.parent;
      const theirs = descriptorsTo(pid, '/dev/pts/0').length;
      const mastersNow = (): number =>
        ['/dev/pts/ptmx', '/dev/ptmx'].flatMap((path) => descriptorsTo(shim, path)).length;
      // It takes the other end from its socket when it comes to it.
      await until(() => mastersNow() === 1, PATIENCE_MS);
      const masters = mastersNow();
      t.must(theirs >= 3 && masters === 1, {
        did: `asked for a terminal; its parent is ${readStat(shim)?.name}`,
        kernel: `${theirs} descriptors of the program lead to /dev/pts/0, ${masters} of the shim to a ptmx`,
        wanted: '3 or more, and 1',
      });
    });
  },
);

const statusBy = (t: Bench): ((state: SavedState) => Status) => functionOf(t, STATUS);

function savedOf({ dir }: Box): SavedState {
  const state = readStateIn(dir);
  if (!state) throw new DrydockError('INTERNAL', `${dir} has no state`);
  return state;
}

const flagsOf = (pid: number): string => {
  const stat = readStat(pid);
  return stat ? `State ${stat.state}, ${stat.isBeforeExec ? 'no execve yet' : 'has called execve'}` : 'no such process';
};
