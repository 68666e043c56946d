/**
 * What has been passed, and what the last check found: two small files in the workspace.
 *
 * Both are the learner's to edit. Whoever cheats here cheats nobody; but a file that cannot be read must not stop a
 * check, so it counts as empty.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { lessons, partTitle, twoDigits, type Entry } from './lessons.ts';
import type { Result } from './check/runner.ts';
import type { Lesson } from './lesson.ts';
import { fold, type Look } from './look.ts';
import { readWork, writeWork, type Workspace } from './workspace.ts';

const PROGRESS = '.drydock/progress.json';
const LAST = '.drydock/last.json';

export interface LessonProgress {
  /** Most checks that have ever held at once, and of how many. */
  readonly best: number;
  readonly of: number;
  /** ISO time of the first complete pass. */
  readonly passed?: string;
  /** Slots all of whose checks held in the last run. */
  readonly solved: readonly string[];
}

export type Progress = Readonly<Record<string, LessonProgress>>;

/** What `hint` needs of the last check of a lesson. */
export interface Last {
  readonly lesson: string;
  /** False: hints were asked for before any check. */
  readonly isChecked: boolean;
  readonly failed?: {
    readonly title: string;
    readonly hints: readonly string[];
    /** What was found, without what differs from run to run: another text is another mistake. */
    readonly mistake?: string;
  };
  /** Hints that have been shown. */
  readonly shown: number;
}

/** Of each lesson its own: a look at another one takes nothing from this one. */
interface LastOfAll {
  /** The one that was checked, or asked about, last. */
  readonly lesson?: string;
  readonly of?: Readonly<Record<string, Last>>;
}

export function readProgress(work: Workspace): Progress {
  return readJson<Progress>(work, PROGRESS) ?? {};
}

/** Takes the results of a whole run into the progress. */
export function saveResults(work: Workspace, lesson: Lesson, results: readonly Result[]): LessonProgress {
  const before = readProgress(work);
  const old = before[lesson.name];
  const ok = results.filter(({ outcome }) => outcome === 'ok').length;
  const solved = lesson.slots
    .map(({ name }) => name)
    .filter((name) => results.filter(({ slot }) => slot === name).every(({ outcome }) => outcome === 'ok'));
  const passed = old?.passed ?? (ok === results.length ? new Date().toISOString() : undefined);
  const now = { best: Math.max(ok, old?.best ?? 0), of: results.length, passed, solved };
  writeWork(work, PROGRESS, `${JSON.stringify({ ...before, [lesson.name]: now }, null, 2)}\n`);
  return now;
}

/**
 * Remembers the first failure, for `hint`. Hints that were read stay read while the same check fails in the same way as
 * in the run `before`; another mistake begins with the first hint.
 */
export function saveLast(work: Workspace, lesson: Lesson, results: readonly Result[], before?: Last): void {
  const first = results.find(({ outcome }) => outcome === 'failed');
  const failed = first && { title: first.title, hints: first.hints ?? [], mistake: mistakeOf(first) };
  // The same check can fail by another mistake: what was found says so, or the first hint, which says where to look.
  const old = before?.failed;
  const same = old?.title === failed?.title && old?.hints[0] === failed?.hints[0] && old?.mistake === failed?.mistake;
  writeLast(work, {
    lesson: lesson.name,
    isChecked: true,
    failed,
    shown: same ? Math.min(before?.shown ?? 0, failed?.hints.length ?? 0) : 0,
  });
}

/** What was done and found; for process numbers, addresses and names made by mkdtemp(3) stands the same mark. */
function mistakeOf({ finding }: Result): string | undefined {
  return (
    finding &&
    `${finding.did}\n${finding.kernel}`.replace(/-[A-Za-z0-9]{6}(?![A-Za-z0-9])/g, '-#').replace(/[\w:]*\d[\w:]*/g, '#')
  );
}

/** `lesson`: its name; the one of the last check without. */
export function readLast(work: Workspace, lesson?: string): Last | undefined {
  const all = readJson<LastOfAll>(work, LAST);
  const name = lesson ?? all?.lesson;
  return name === undefined ? undefined : all?.of?.[name];
}

export function writeLast(work: Workspace, last: Last): void {
  const of = { ...readJson<LastOfAll>(work, LAST)?.of, [last.lesson]: last };
  writeWork(work, LAST, `${JSON.stringify({ lesson: last.lesson, of }, null, 2)}\n`);
}

/** The lesson that a learner is at: the one checked last, or else the first that has not been passed. */
export function currentLesson(work: Workspace): string {
  return readJson<LastOfAll>(work, LAST)?.lesson ?? nextLesson(work)?.name ?? lessons[0]!.name;
}

/** The first lesson after `here` that has not been passed, else the first of all; undefined when all have. */
export function nextLesson(work: Workspace, here?: Pick<Lesson, 'number'>): Entry | undefined {
  const progress = readProgress(work);
  const open = lessons.filter(({ name }) => !progress[name]?.passed);
  return open.find(({ number }) => number > (here?.number ?? -1)) ?? open[0];
}

function readJson<T>(work: Workspace, path: string): T | undefined {
  const text = readWork(work, path);
  try {
    return text === undefined ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined; // Edited by hand, or cut off: as good as empty.
  }
}

/** What a line of the map may take: 61 columns for the lesson, the rest for how far it is. */
const WIDE = 78;
const INDENT = 4;

/** The map of the course: one line for each lesson, at most 80 columns; more lines where the terminal is narrower. */
export function courseMap(work: Workspace, { style, columns }: Look): string {
  const progress = readProgress(work);
  const lines: string[] = [];
  let part = 0;
  for (const { number, name, part: here, minutes, adds } of lessons) {
    if (here !== part) {
      part = here;
      lines.push(`${lines.length ? '\n' : ''}${style.bold(partTitle(part))}`);
    }
    const start = ` ${twoDigits(number)} ${name.padEnd(13)}`;
    const status = statusOf(work, name, progress[name], style);
    if (columns >= WIDE) lines.push(`${start}${adds.padEnd(36)}${`${minutes} min`.padStart(6)}  ${status}`);
    else
      lines.push(
        start + status,
        ...fold(`${adds}, ${minutes} min`, columns - INDENT).map((line) => ' '.repeat(INDENT) + line),
      );
  }
  const done = lessons.filter(({ name }) => progress[name]?.passed).length;
  lines.push('', `${done} passed of ${lessons.length}`);
  return lines.join('\n');
}

function statusOf(work: Workspace, name: string, own: LessonProgress | undefined, style: Look['style']): string {
  if (own?.passed) return style.green(`passed ${own.passed.slice(0, 10)}`);
  if (own) return style.yellow(`${own.best} of ${own.of} checks`);
  return existsSync(join(work.root, name)) ? 'begun' : 'not begun';
}
