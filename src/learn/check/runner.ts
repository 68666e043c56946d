/**
 * Runs the checks of a lesson on the learner's slots.
 *
 *     solve the slots ──▶ rebuild the runtime around them ──▶ one check after another ──▶ results
 *
 * Each check has its own containers and its own deadline. A check whose premise has failed is "not run": its answer
 * would be noise. Whatever the learner's code throws becomes a finding that names the learner's line.
 */
import { DrydockError } from '../../errors.ts';
import type { Lesson, Slot } from '../lesson.ts';
import { rebuildAround, rebuildPartAround, solve, solveInstead, type Solved } from '../mine.ts';
import type { Runtime } from '../rebuilt.ts';
import { slowness } from '../slowness.ts';
import { openStage, type LabContainer, type Stage } from '../stage.ts';
import { friendly, type Workspace } from '../workspace.ts';
import { Failed, type Bench, type Check, type Finding } from './check.ts';
import { intact } from './intact.ts';
import { inOwnFolders } from './own-folders.ts';
import { strays, type Strays } from './strays.ts';
import {
  HINTS_FOR_REPLACED,
  HINTS_FOR_THROWN,
  hintsToBuild,
  hintsWhenStopped,
  isOfTheirs,
  notBuilt,
  stopped,
  withReplaced,
} from './trouble.ts';

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

const CHECK_WITHIN_MS = 30_000 * slowness;

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
  options.onBegin?.('compiling your functions', 60);
  const slots = new Map<string, Solved | DrydockError>();
  for (const slot of lesson.slots) slots.set(slot.name, await attempt(work, lesson, slot, options));
  const built = new Map(
    lesson.slots.flatMap((slot) => {
      const solved = slots.get(slot.name)!;
      return solved instanceof DrydockError ? [] : [[slot, solved] as const];
    }),
  );
  const runtime = await rebuildAround(work, built);
  const parts = new Map<string, Promise<unknown>>();
  const part = (entry: string): Promise<unknown> => {
    const known = parts.get(entry) ?? rebuildPartAround(work, built, entry);
    parts.set(entry, known);
    return known;
  };
  const stage = await openStage(`check-${lesson.name}`, runtime);
  const heard = strays();
  try {
    for (const one of checks) {
      const failed = one.needs.filter((title) => results.some((r) => r.title === title && r.outcome !== 'ok'));
      options.onBegin?.(one.title);
      if (failed.length) note({ title: one.title, slot: one.slot, outcome: 'not run', because: failed });
      else {
        const shown = isFirst() ? onFailed : undefined;
        note(
          await runOne(one, { runtime, part, slots, stage, strays: heard, replaced, work, lesson, onFailed: shown }),
        );
      }
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
): Promise<Solved | DrydockError> {
  try {
    return (await solveInstead(work, lesson, slot, typescript)) ?? (await solve(work, lesson, slot));
  } catch (error) {
    if (error instanceof DrydockError && ['BUILD_FAILED', 'SLOT_INVALID'].includes(error.code)) return error;
    throw error;
  }
}

interface Surroundings {
  readonly runtime: Runtime;
  readonly part: (entry: string) => Promise<unknown>;
  readonly slots: ReadonlyMap<string, Solved | DrydockError>;
  readonly stage: Stage;
  readonly strays: Strays;
  /** Which of our tools the learner's code has replaced. */
  readonly replaced: () => string | undefined;
  readonly work: Workspace;
  readonly lesson: Lesson;
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
    finding: { ...finding, at: placeOf(around, slot, finding), see: inOwnFolders(finding.see ?? one.see) },
    hints,
  });
  const threw = (error: unknown): Result => {
    const finding = stopped(error, around.work);
    const isTheirs = isOfTheirs(error, around.work);
    return failed(finding, isTheirs ? HINTS_FOR_THROWN : hintsWhenStopped(one.hint(facts), finding));
  };
  const built = slot === undefined ? undefined : around.slots.get(slot);
  if (built instanceof DrydockError) return failed(notBuilt(built), hintsToBuild(built, around.lesson.name));
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
  { runtime, part, slots, stage }: Surroundings,
  facts: Record<string, unknown>,
  containers: LabContainer[],
): Bench {
  return {
    runtime,
    stack: runtime.isolators,
    part: <T>(entry: string) => part(entry) as Promise<T>,
    solved(slot) {
      const solved = slots.get(slot);
      if (!solved || solved instanceof DrydockError) throw new DrydockError('INTERNAL', `no check may ask for ${slot}`);
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
  return solved && !(solved instanceof DrydockError) ? solved.at : undefined;
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
