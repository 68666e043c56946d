/**
 * Checks the lessons themselves, as their learners will meet them: every starter fails, every reference passes, every
 * mistake is answered by a hint that names it, and everything that the book quotes and shows is so.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectHome } from '../../linux/native.ts';
import { runChecks, type Result } from '../check/runner.ts';
import { symbolOf, type Lesson, type Slot } from '../lesson.ts';
import { lessons, twoDigits, type Entry } from '../lessons.ts';
import type { Mistake } from '../mistake.ts';
import { hollow, quote, readSource, type Hole } from '../source.ts';
import { begin, workspace, writeWork, type Workspace } from '../workspace.ts';
import { isAsShown, typedIn } from './console.ts';
import { Session } from './session.ts';

/** One thing that was looked at; `wrong` is absent when it holds. */
export interface Verdict {
  readonly title: string;
  readonly wrong?: string;
}

const LONGEST_CHAPTER = 2500;
const ANSWER_LINES = [15, 40] as const;

/** Symbols that pages of the book quote, in folders below too. */
export function quotesIn(folder: string): { file: string; reference: string }[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true }).map(String).sort();
  return files
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => {
      const quotes = readFileSync(join(folder, file), 'utf8').matchAll(/^ *```quote +(\S+)/gm);
      return [...quotes].map(([, reference = '']) => ({ file, reference }));
    });
}

/** Every symbol that the book quotes exists. */
export async function* checkQuotes(folder = join(projectHome(), 'book')): AsyncGenerator<Verdict> {
  for (const { file, reference } of quotesIn(folder))
    yield { title: `${file} quotes ${reference}`, wrong: await messageOf(() => quote(reference)) };
}

/** What can be counted: words of the chapter, lines and minutes of the exercise. No root is needed. */
export async function* checkSize(entry: Entry): AsyncGenerator<Verdict> {
  const lesson = await entry.parts.lesson();
  const words = chapterOf(entry).split(/\s+/).length;
  yield verdict(
    `${entry.name}: its chapter has at most ${LONGEST_CHAPTER} words`,
    words <= LONGEST_CHAPTER,
    `${words}`,
  );
  const [least, most] = ANSWER_LINES;
  let lines = 0;
  for (const slot of lesson.slots) lines += (await quote(`${slot.source}#${symbolOf(slot)}`)).text.split('\n').length;
  yield verdict(
    `${entry.name}: its slots have ${least} to ${most} lines in all, or a few more with their comments`,
    lines >= least && lines <= 2 * most,
    `${lines}`,
  );
  const minutes = lesson.slots.reduce((sum, slot) => sum + slot.minutes, 0);
  yield verdict(
    `${entry.name}: its slots take no longer than it does`,
    minutes <= lesson.minutes,
    `${minutes} minutes`,
  );
}

/** Which plays of many that are alike stand for all of them. */
interface Extent {
  readonly sparse?: boolean;
}

/** The starters fail with a hint, the reference passes. Needs root. With `sparse` not each starter is tried alone. */
export async function* checkStarters(entry: Entry, { sparse = false }: Extent = {}): AsyncGenerator<Verdict> {
  const { name } = entry;
  const lesson = await entry.parts.lesson();
  const run = judging(entry, lesson);
  const [first] = failed(await run(lesson.slots.map((slot) => [slot, slot.body, slot.todo])));
  yield verdict(`${name}: fails as it is begun`, first?.hints?.length === 3, described(first));
  // Slot by slot: each starter has to fail by itself, with all others solved.
  for (const slot of sparse ? everyNth(lesson.slots, 4) : lesson.slots) {
    const [failure] = failed(await run([[slot, slot.body, slot.todo]]));
    const isJudged = failure?.slot === slot.name && failure.hints?.length === 3;
    yield verdict(`${name}: the starter of ${slot.name} fails`, isJudged, described(failure));
  }
  yield* checkReference(entry);
}

/** The lesson's own source passes its check. Needs root. */
export async function* checkReference(entry: Entry): AsyncGenerator<Verdict> {
  const results = await judging(entry, await entry.parts.lesson())([]);
  const wrong = results.filter(({ outcome }) => outcome !== 'ok');
  yield verdict(`${entry.name}: the reference passes`, wrong.length === 0, wrong.map(described).join('; '));
}

/**
 * Every mistake is answered by its hint, and every check is failed by one. Needs root. With `sparse` the likeliest
 * mistake is played, and every seventh after it: a minute less for each lesson, and nothing is said of the checks.
 */
export async function* checkMistakes(entry: Entry, { sparse = false }: Extent = {}): AsyncGenerator<Verdict> {
  const { name, parts } = entry;
  const [lesson, checks, mistakes] = [await parts.lesson(), await parts.checks(), await parts.mistakes()];
  const run = judging(entry, lesson);
  yield verdict(`${name}: at least three mistakes are known`, mistakes.length >= 3, `${mistakes.length}`);
  const provoked = new Set<string>();
  const played = sparse ? everyNth(mistakes, 7) : mistakes;
  for (const mistake of played) {
    const slot = lesson.slots.find((one) => one.name === mistake.slot);
    if (!slot) throw new Error(`${name}: the mistake "${mistake.title}" is made in ${mistake.slot}, which is no slot`);
    const failures = failed(await run([[slot, mistake.body, []]]));
    failures.forEach(({ title }) => provoked.add(title));
    yield { title: `${name}: the hint names it when ${mistake.title}`, wrong: unlike(mistake, failures[0]) };
  }
  if (sparse) return;
  for (const { title, slot, follows } of checks)
    if (slot !== undefined && !follows)
      yield verdict(`${name}: a mistake provokes "${title}"`, provoked.has(title), 'none does');
}

/** What the chapter's reader types prints what the chapter shows. Needs root. */
export async function* checkCommands(entry: Entry): AsyncGenerator<Verdict> {
  const session = await Session.open();
  try {
    for (const { line, command, expected } of typedIn(chapterOf(entry))) {
      const printed = await session.type(command);
      const title = `${entry.name}, line ${line}: ${command.split('\n')[0]}`;
      yield verdict(title, isAsShown(expected, printed), `it prints\n${printed}`);
    }
  } finally {
    await session.close();
  }
}

/** Everything about every lesson, or one. Needs root: the checks make containers. */
export async function* checkLessons(name?: string): AsyncGenerator<Verdict> {
  yield* checkQuotes();
  for (const entry of lessons.filter((one) => name === undefined || one.name === name)) {
    yield* checkSize(entry);
    yield* checkStarters(entry);
    yield* checkMistakes(entry);
    yield* checkCommands(entry);
  }
}

function chapterOf({ number, name }: Entry): string {
  return readFileSync(join(projectHome(), 'book', `${twoDigits(number)}-${name}.md`), 'utf8');
}

type Change = readonly [slot: Slot, body: readonly string[], todo: readonly string[]];

/** Runs the checks of a lesson on the reference with other bodies in some of its slots, in a workspace for that alone. */
function judging(entry: Entry, lesson: Lesson): (changes: readonly Change[]) => Promise<Result[]> {
  return (changes) =>
    inWorkspace(async (work) => {
      await begin(work, lesson);
      for (const { file, source } of lesson.slots) {
        const holes = changes
          .filter(([slot]) => slot.file === file)
          .map(([slot, body, todo]) => holeOf(slot, body, todo));
        writeWork(work, join(entry.name, file), await hollow(source, readSource(source), holes));
      }
      return runChecks(work, lesson, await entry.parts.checks());
    });
}

const holeOf = (slot: Slot, body: readonly string[], todo: readonly string[]): Hole => ({
  symbol: symbolOf(slot),
  body,
  todo,
});

async function inWorkspace<T>(work: (workspace: Workspace) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-author-'));
  const before = process.env.DRYDOCK_WORK;
  process.env.DRYDOCK_WORK = folder;
  try {
    return await work(workspace());
  } finally {
    if (before === undefined) delete process.env.DRYDOCK_WORK;
    else process.env.DRYDOCK_WORK = before;
    rmSync(folder, { recursive: true, force: true });
  }
}

function unlike({ fails, hint }: Mistake, failure: Result | undefined): string | undefined {
  if (failure?.title !== fails) return `wanted "${fails}" to fail first; ${described(failure)}`;
  return failure.hints?.some((one) => hint.test(one))
    ? undefined
    : `no hint matches ${hint}: ${failure.hints?.join(' | ')}`;
}

const everyNth = <T>(all: readonly T[], nth: number): T[] => all.filter((_, index) => index % nth === 0);

const failed = (results: readonly Result[]): Result[] => results.filter(({ outcome }) => outcome === 'failed');

const verdict = (title: string, holds: boolean, otherwise: string): Verdict => ({
  title,
  wrong: holds ? undefined : otherwise,
});

function described(result: Result | undefined): string {
  if (!result) return 'nothing fails';
  const { title, finding, hints } = result;
  return `"${title}" fails: ${finding?.did ?? ''}; ${finding?.kernel ?? 'not run'}; ${hints?.length ?? 0} hints`;
}

async function messageOf(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
