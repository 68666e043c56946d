/** The checks of `fateOf`: each line of its table, as an engine that was killed leaves it. */
import type { Fate, Found, Recorded, fateOf } from '../../src/engine/fate.ts';
import { check, type Bench, type Check } from '../../src/learn/check/check.ts';
import { functionOf } from '../../src/learn/check/solved.ts';

export const FATE = 'engine/fate.ts#fateOf';
export const KERNEL = 'a process that runs is taken over, whatever the record says';
export const WRITTEN = 'an end that the vessel has written down is that end';
const GOING = 'what was promised to go, goes';

const PID = 4711;
const ending = { status: 7, signal: 0, finished: '2026-01-01T12:00:00Z' };
const found = {
  nothing: { isThere: false },
  claims: { isThere: true },
  waits: { isThere: true, status: 'created' },
  runs: { isThere: true, status: 'running' },
  silent: { isThere: true, status: 'stopped' },
  ended: { isThere: true, status: 'stopped', ending },
} as const satisfies Record<string, Found>;

/** What the learner's function decides, in words. */
function decided(t: Bench, recorded: Recorded, what: Found): string {
  const fate = functionOf<typeof fateOf>(t, FATE)(recorded, what) as Fate | undefined;
  return fate?.then === 'settle' ? `settle, ${fate.end.status}` : String(fate?.then);
}

/** Must decide so; notes what was decided for the hints. */
function must(t: Bench, recorded: Recorded, what: Found, wanted: string, kernel: string): void {
  const is = t.fact('is', decided(t, recorded, what));
  t.fact('recorded', `Status "${recorded.Status}", Pid ${recorded.Pid}`);
  t.must(is === wanted, {
    did: `fateOf({ Status: "${recorded.Status}", Pid: ${recorded.Pid} }, ${JSON.stringify(what)}) = ${is}`,
    kernel,
    wanted,
  });
}

const kernelFirst = check(
  KERNEL,
  {
    slot: FATE,
    see: 'cat /run/drydock/*/state.json; ls -d /proc/PID    (PID: of the container)',
    hint: ({ is, recorded }) => [
      'The engine starts a program, and is killed before it can write that down. What does its record say, and what is so?',
      `The process runs, the record says ${String(recorded)}, and your function decides: ${String(is)}.`,
      "if (found.status === 'running') return { then: 'take over' }, before anything is asked of Pid.",
    ],
  },
  async (t) => {
    for (const [Status, Pid] of [
      ['running', PID],
      ['created', 0],
      ['exited', 0],
    ] as const)
      // prettier-ignore
      must(t, { Status, Pid }, found.runs, 'take over', 'the process is there, and has executed its program');
  },
);

const written = check(
  WRITTEN,
  {
    slot: FATE,
    needs: [KERNEL],
    see: 'cat /run/drydock/*/shim.exit',
    hint: ({ is, recorded }) => [
      'A program ends while no engine is there. Who has seen it, and where has he written it?',
      `The vessel has written 7, the record says ${String(recorded)}, and your function decides: ${String(is)}.`,
      "if (found.ending) return { then: 'settle', end: found.ending }; also where Pid is 0: it was started by somebody who could not say so any more.",
    ],
  },
  async (t) => {
    for (const [Status, Pid] of [
      ['running', PID],
      ['created', 0],
    ] as const)
      // prettier-ignore
      must(t, { Status, Pid }, found.ended, 'settle, 7', 'the process is gone; shim.exit says 7');
  },
);

const unseen = check(
  'an end that nobody has seen is told as such, and a machine that was off as another',
  {
    slot: FATE,
    needs: [WRITTEN],
    see: './drydock ps -a --filter exited=255',
    hint: ({ is, what }) => [
      'The record says that it runs, and no process is there, nor a word about its end. There are two ways to get there.',
      `With ${String(what)} your function decides: ${String(is)}.`,
      'Pid, and a status: its vessel was killed, lost(). Pid, and no status at all: a restart of the machine has emptied the run folder, switchedOff().',
    ],
  },
  async (t) => {
    const recorded = { Status: 'running', Pid: PID } as const;
    t.fact('what', 'a state whose process has ended, and no ending');
    must(
      t,
      recorded,
      found.silent,
      'settle, 137',
      'state.json is there, its process is gone, and there is no shim.exit',
    );
    t.fact('what', 'nothing in the run folder');
    must(t, recorded, found.nothing, 'settle, 255', 'the run folder has nothing of it');
  },
);

const half = check(
  'what was half started is undone, and what never was stays as it is',
  {
    slot: FATE,
    needs: [WRITTEN],
    see: 'ls /run/drydock',
    hint: ({ is, what }) => [
      'The engine is killed between "create" and "start". What may lie in the run folder, and who would ever take it away?',
      `Of a container that has not run, with ${String(what)}, your function decides: ${String(is)}.`,
      "Pid is 0 and nothing has ended: { then: found.isThere ? 'undo' : 'keep' }.",
    ],
  },
  async (t) => {
    const recorded = { Status: 'created', Pid: 0 } as const;
    const all: readonly (readonly [string, Found, string])[] = [
      ['a process that waits for `start`', found.waits, 'undo'],
      ['claims and no process', found.claims, 'undo'],
      ['nothing in the run folder', found.nothing, 'keep'],
    ];
    for (const [what, where, wanted] of all) {
      t.fact('what', what);
      must(t, recorded, where, wanted, `the run folder has ${what}`);
    }
  },
);

const going = check(
  GOING,
  {
    slot: FATE,
    see: 'grep -h Status /var/lib/drydock/containers/*/container.json',
    hint: ({ is }) => [
      'Somebody has removed it, with its volumes; half of them are gone. May it come back?',
      `The record says "removing", and your function decides: ${String(is)}.`,
      "if (Status === 'removing') return { then: 'remove' }, before everything else: also before a process that still runs.",
    ],
  },
  async (t) => {
    for (const what of [found.nothing, found.ended, found.runs])
      must(
        t,
        { Status: 'removing', Pid: PID },
        what,
        'remove',
        'the record is marked: its owner was told that it goes',
      );
  },
);

export const fateChecks: readonly Check[] = [kernelFirst, written, unseen, half, going];
