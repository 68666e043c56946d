/**
 * Which verb a state takes, asked by the real verbs on a container that our own runtime has brought there: `statesFor`.
 */
import { DrydockError } from '../../src/errors.ts';
import { check, type Bench } from '../../src/learn/check/check.ts';
import { functionOf } from '../../src/learn/check/solved.ts';
import { slowness } from '../../src/learn/slowness.ts';
import type { Verb } from '../../src/runtime/lifecycle.ts';
import type { Status } from '../../src/runtime/state.ts';
import { PATIENCE_MS, reach, withBox, type Box } from './box.ts';
import { FOLLOWS } from './check-status.ts';

const TABLE = 'lifecycle.ts#statesFor';
const LIFE = 'OCI runtime.md, "Operations"; ./drydock oci state ID';

type Runtime = Bench['runtime'];
type Try = (runtime: Runtime, box: Box) => Promise<void> | void;

const noProgram = { args: ['true'], cwd: '/', user: { uid: 0, gid: 0 } };

/** Every verb, as somebody who should not use it now. */
const attempts = {
  start: ({ start }, { run, id }) => start(run, id),
  exec: async ({ exec }, { run, id }) => void (await (await exec(run, id, { process: noProgram })).wait()),
  kill: ({ kill }, { run, id }) => kill(run, id, 0),
  pause: ({ pause }, { run, id }) => pause(run, id),
  resume: ({ resume }, { run, id }) => resume(run, id),
  delete: ({ remove }, { run, id }) => remove(run, id),
} satisfies Record<string, Try>;
type Attempt = keyof typeof attempts;

/** `done`, or the code of the error. */
async function outcome(runtime: Runtime, box: Box, verb: Attempt): Promise<string> {
  try {
    await within(Promise.resolve(attempts[verb](runtime, box)));
    return 'done';
  } catch (error) {
    if (error instanceof DrydockError) return error.code;
    throw error;
  }
}

/** One row of the table: what a state takes, and what it refuses; the refused come first, for they change nothing. */
function row(status: keyof typeof reach, taken: readonly Attempt[], refused: readonly Attempt[], why: string) {
  const list = (verbs: readonly Attempt[]): string => verbs.join(', ') || 'nothing';
  return check(
    `a container that is ${status} takes ${list(taken)}, and refuses ${list(refused)}`,
    {
      slot: TABLE,
      needs: [FOLLOWS],
      see: `./drydock oci ${taken[0]} ID   after: ./drydock oci state ID`,
      hint: ({ verb, got }) => [
        `Which verbs make sense for a container that is ${status}? ${why}`,
        got === 'WRONG_STATE'
          ? `The table refuses "${String(verb)}", although it can be done: statesFor('${String(verb)}') lacks '${status}'.`
          : `The table let "${String(verb)}" through, and the answer was ${String(got)}: statesFor('${String(verb)}') is not to have '${status}'.`,
        `'${status}' belongs into the lists of ${list(taken)}, and, if there is a process, into those of update and inspect.`,
      ],
    },
    async (t) => {
      await withBox(t.runtime, {}, async (box) => {
        await reach[status](box);
        for (const verb of [...refused, ...taken]) {
          // What follows a start that is right is another slot's, and one that is paused could not be started any more.
          const isFurther = taken.includes(verb) && (verb === 'start' || (verb === 'pause' && status === 'created'));
          const got = isFurther ? asTable(tableBy(t)(verb), status) : await outcome(t.runtime, box, verb);
          const wanted = taken.includes(verb) ? 'done' : 'WRONG_STATE';
          t.fact('verb', verb);
          t.fact('got', got);
          t.must(got === wanted, { did: `${verb}, while it is ${status}`, kernel: got, wanted, see: LIFE });
        }
        // Whether these do what they should is no question of the table; whether there is a process for them is.
        for (const verb of ['update', 'inspect'] as const) {
          const got = t.fact('got', asTable(tableBy(t)(verb), status));
          t.fact('verb', verb);
          const wanted = status === 'stopped' ? 'WRONG_STATE' : 'done';
          t.must(got === wanted, { did: `${verb}, while it is ${status}`, kernel: got, wanted, see: LIFE });
        }
      });
    },
  );
}

export const created = row(
  'created',
  ['kill', 'exec', 'pause', 'start'],
  ['resume', 'delete'],
  'Its process is there, and waits.',
);
export const running = row(
  'running',
  ['kill', 'exec', 'pause'],
  ['start', 'resume', 'delete'],
  'It has been started once.',
);
export const paused = row(
  'paused',
  ['kill', 'resume'],
  ['start', 'exec', 'pause', 'delete'],
  'It stands still: whatever has to run in it would not.',
);
export const stopped = row(
  'stopped',
  ['delete'],
  ['start', 'exec', 'kill', 'pause', 'resume'],
  'There is no process any more, and everything else still is.',
);

const tableBy = (t: Bench): ((verb: Verb) => readonly Status[]) => functionOf(t, TABLE);
const asTable = (states: readonly Status[], is: Status): string => (states.includes(is) ? 'done' : 'WRONG_STATE');

async function within(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DrydockError('INTERNAL', 'it still waits')), PATIENCE_MS * slowness);
  });
  // What comes too late is nobody's any more: the container is about to be removed.
  work.catch(() => undefined);
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
