/**
 * Runs the checks of a lesson on the learner's slots.
 *
 *     solve the slots ──▶ rebuild the runtime around them ──▶ one check after another ──▶ results
 *
 * Each check has its own containers and its own deadline. A check whose premise has failed is "not run": its answer
 * would be noise. Whatever the learner's code throws becomes a finding that names the learner's line.
 */
import { DrydockError } from '../../errors.ts';
import { errorName } from '../../linux/errno.ts';
import type { Lesson, Slot } from '../lesson.ts';
import { rebuildAround, solve, solveInstead, type Solved } from '../mine.ts';
import type { Runtime } from '../rebuilt.ts';
import { openStage, type LabContainer, type Stage } from '../stage.ts';
import { friendly, type Workspace } from '../workspace.ts';
import { Failed, type Bench, type Check, type Finding } from './check.ts';
import { intact } from './intact.ts';
import { strays, type Strays } from './strays.ts';
import { thrownAt } from './thrown.ts';

export type Outcome = 'ok' | 'failed' | 'not run';

export interface Result {
  readonly title: string;
  readonly slot?: string;
  readonly outcome: Outcome;
  readonly finding?: Finding & { readonly see: string };
  readonly hints?: readonly string[];
  /** Why it was not run: titles of what failed before. */
  readonly because?: readonly string[];
}

export interface RunOptions {
  /** Only checks whose title has this in it, and what they need. */
  readonly only?: string;
  /** Judge the TypeScript alternative, changed or not. */
  readonly typescript?: boolean;
  /** Called when a check begins, or the compiling before them, with how long our own part in it may block. */
  readonly onBegin?: (what: string, seconds?: number) => void;
  readonly onResult?: (result: Result) => void;
  /** Called when a check has failed, before its containers are removed; the first time only. */
  readonly onFailed?: (result: Result, containers: readonly LabContainer[]) => Promise<void>;
}

const CHECK_WITHIN_MS = 30_000;

/** Runs the checks in order. Throws WORKSPACE, DOCK, UNSUPPORTED; what a learner did wrong is a result. */
export async function runChecks(
  work: Workspace,
  lesson: Lesson,
  all: readonly Check[],
  options: RunOptions = {},
): Promise<Result[]> {
  const results: Result[] = [];
  const note = (result: Result): void => {
    results.push(result);
    options.onResult?.(result);
  };
  const checks = chosen(all, options.only);
  const isFirst = (): boolean => !results.some(({ outcome }) => outcome === 'failed');
  const { onFailed } = options;
  const replaced = intact();
  // TypeScript thinks for seconds without a breath, on a busy machine for many.
  options.onBegin?.('compiling', 60);
  const slots = new Map<string, Solved | Error>();
  for (const slot of lesson.slots) slots.set(slot.name, await attempt(work, lesson, slot, options));
  const runtime = await rebuilt(work, lesson, slots);
  const stage = await openStage(`check-${lesson.name}`, runtime);
  const heard = strays();
  try {
    for (const one of checks) {
      const failed = one.needs.filter((title) => results.some((r) => r.title === title && r.outcome !== 'ok'));
      options.onBegin?.(one.title);
      if (failed.length) note({ title: one.title, slot: one.slot, outcome: 'not run', because: failed });
      else
        note(
          await runOne(one, {
            runtime,
            slots,
            stage,
            strays: heard,
            replaced,
            work,
            onFailed: isFirst() ? onFailed : undefined,
          }),
        );
    }
  } finally {
    heard.stop();
    await stage.close();
  }
  return results;
}

/** The checks that were asked for, with what they need in front. Throws BAD_USAGE when there is none. */
function chosen(all: readonly Check[], only: string | undefined): readonly Check[] {
  if (only === undefined) return all;
  const wanted = new Set<Check>();
  const add = (one: Check): void => {
    wanted.add(one);
    for (const title of one.needs) for (const other of all) if (other.title === title) add(other);
  };
  all.filter(({ title }) => title.toLowerCase().includes(only.toLowerCase())).forEach(add);
  if (wanted.size === 0)
    throw new DrydockError('BAD_USAGE', `no check has '${only}' in its title`, {
      hint: `they are: ${all.map(({ title }) => title).join('; ')}`,
    });
  return all.filter((one) => wanted.has(one));
}

async function attempt(
  work: Workspace,
  lesson: Lesson,
  slot: Slot,
  { typescript }: RunOptions,
): Promise<Solved | Error> {
  try {
    return (await solveInstead(work, lesson, slot, typescript)) ?? (await solve(work, lesson, slot));
  } catch (error) {
    if (error instanceof DrydockError && ['BUILD_FAILED', 'SLOT_INVALID'].includes(error.code)) return error;
    throw error;
  }
}

function rebuilt(work: Workspace, lesson: Lesson, slots: ReadonlyMap<string, Solved | Error>): Promise<Runtime> {
  const built = lesson.slots.flatMap((slot) => {
    const solved = slots.get(slot.name)!;
    return solved instanceof Error ? [] : [[slot, solved] as const];
  });
  return rebuildAround(work, new Map(built));
}

interface Surroundings {
  readonly runtime: Runtime;
  readonly slots: ReadonlyMap<string, Solved | Error>;
  readonly stage: Stage;
  readonly strays: Strays;
  /** Which of our tools the learner's code has replaced. */
  readonly replaced: () => string | undefined;
  readonly work: Workspace;
  readonly onFailed?: RunOptions['onFailed'];
}

async function runOne(one: Check, around: Surroundings): Promise<Result> {
  const { title, slot } = one;
  const facts: Record<string, unknown> = {};
  const containers: LabContainer[] = [];
  const failed = (finding: Finding, hints = one.hint(facts)): Result => ({
    title,
    slot,
    outcome: 'failed',
    finding: { ...finding, at: placeOf(around, slot, finding), see: finding.see ?? one.see },
    hints,
  });
  const threw = (error: unknown): Result =>
    failed(thrown(error, around.work), isOfTheirs(error, around.work) ? HINTS_FOR_THROWN : undefined);
  const built = slot === undefined ? undefined : around.slots.get(slot);
  if (built instanceof Error) return failed(notBuilt(built as DrydockError), HINTS_FOR_BUILD);
  let result: Result = { title, slot, outcome: 'ok' };
  try {
    await within(one.run(benchOf(around, facts, containers)), CHECK_WITHIN_MS);
  } catch (error) {
    result = error instanceof Failed ? failed(error.finding) : threw(error);
  }
  const stray = await around.strays.taken();
  if (stray) result = threw(stray.error);
  const replaced = around.replaced();
  if (replaced !== undefined) result = failed(withReplaced(replaced), HINTS_FOR_REPLACED);
  try {
    if (result.outcome === 'failed') await around.onFailed?.(result, containers);
    return result;
  } finally {
    for (const container of containers) await container.remove();
  }
}

function benchOf(
  { runtime, slots, stage }: Surroundings,
  facts: Record<string, unknown>,
  containers: LabContainer[],
): Bench {
  return {
    runtime,
    stack: runtime.isolators,
    solved(slot) {
      const solved = slots.get(slot);
      if (!solved || solved instanceof Error) throw new DrydockError('INTERNAL', `no check may ask for ${slot}`);
      return solved;
    },
    async run(options) {
      const container = await stage.run(options);
      containers.push(container);
      return container;
    },
    fact(name, value) {
      facts[name] = value;
      return value;
    },
    must(isSo, finding) {
      if (!isSo) throw new Failed(finding);
    },
    async leftBehind() {
      for (const container of containers.splice(0)) await container.remove();
      return stage.leftBehind();
    },
  };
}

function placeOf({ slots, work }: Surroundings, slot: string | undefined, { at }: Finding): string | undefined {
  if (at !== undefined) return friendly(work, at);
  const solved = slot === undefined ? undefined : slots.get(slot);
  return solved && !(solved instanceof Error) ? solved.at : undefined;
}

const HINTS_FOR_BUILD = [
  'Read the first message only: the others often follow from it.',
  'The line is in your file. Compare the brackets, quotes and types there with the lines around it.',
  '`./drydock reset` puts the starter back, which does compile; git keeps what you have.',
];

/** The facts that a check's own hints speak of were not found: its function ended before. */
const HINTS_FOR_THROWN = [
  'Your code ended at that line, before the kernel was asked. What was thrown, says "you did".',
  'Which value in that line is not what you took it for? A config may lack any part: `?.` asks on, `??` says what then.',
  'console.log(…) in the line above shows it: the check prints what your code prints.',
];

function notBuilt(error: DrydockError): Finding {
  const [first = '', ...more] = error.message.split('\n');
  return {
    did: error.at ? first.replace(`${error.at}: `, '').replace(/^[^ ]*:\d+(:\d+)?: /, '') : first,
    at: error.at,
    kernel: 'was not asked: your code cannot be used yet',
    wanted: error.hint ?? 'a file that compiles',
    see: more.join('\n') || undefined,
  };
}

const HINTS_FOR_REPLACED = [
  'Your code runs in the process of the check. What that asks the kernel with is to stay as it is.',
  'A function of a module, or a method of all arrays, strings or promises, is now one of yours: "you did" says which.',
  'Keep to the function that you are to write. console.log(…) in it shows what it is given.',
];

function withReplaced(tool: string): Finding {
  return {
    did: `replaced ${tool}`,
    kernel: 'was asked with a tool of yours: its answer counts for nothing',
    wanted: 'the tools of the check as they were',
  };
}

/** What the learner's code threw, or what the kernel refused to do for it. */
function thrown(error: unknown, work: Workspace): Finding {
  if (!(error instanceof DrydockError)) {
    const { message, at } = thrownAt(error, work);
    return { did: `threw: ${message}`, at, kernel: 'was not asked any more', wanted: 'code that comes to its end' };
  }
  const { step, call, errno, at, hint, message } = error;
  const did =
    call === undefined
      ? message
      : `${step === undefined ? '' : `step ${step}  `}${call}${errno === undefined ? '' : ` = ${errorName(errno)}`}`;
  return { did, at: at && friendly(work, at), kernel: message, wanted: hint ?? 'a container that starts' };
}

/** Whether a learner's line has thrown it, and not a call of ours in it. */
function isOfTheirs(error: unknown, work: Workspace): boolean {
  return !(error instanceof DrydockError) && thrownAt(error, work).at !== undefined;
}

async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not come to an end within ${ms / 1000} seconds`)), ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
