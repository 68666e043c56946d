/**
 * One check of a lesson, as `check` and `watch` make it: the learner's work is brought up to date with the project, the
 * checks are run under a watchdog, and what came of it is kept: for `hint`, in the progress, and as a commit.
 */
import { writeSync } from 'node:fs';
import { commit } from '../git.ts';
import type { Lesson } from '../lesson.ts';
import { saveLast, saveResults } from '../progress.ts';
import { rebuild } from '../rebuilt.ts';
import { typeErrors } from '../typecheck.ts';
import { watchdog } from '../watchdog.ts';
import { lessonFolder, type Workspace } from '../workspace.ts';
import type { Check } from './check.ts';
import { passed } from './report.ts';
import { runChecks, type Result, type RunOptions } from './runner.ts';
import { join } from 'node:path';

export interface Checked {
  readonly results: readonly Result[];
  /** Why the attempt was not kept, if it was not. */
  readonly noHistory?: string;
}

/** Runs the checks and keeps what came of them. */
export async function checkOnce(
  work: Workspace,
  lesson: Lesson,
  checks: readonly Check[],
  options: RunOptions,
): Promise<Checked> {
  const results = await guarded((onBegin) => runChecks(work, lesson, checks, { ...options, onBegin }));
  saveLast(work, lesson, results);
  // A part of the checks says nothing about the rest.
  if (options.only === undefined) saveResults(work, lesson, results);
  return { results, noHistory: commit(work, `${lesson.name}: ${passed(results)}/${results.length}`) };
}

/** Does beforehand what takes long and does not depend on what the learner will write: reads libraries, starts the compiler. */
export async function warmUp(work: Workspace, lesson: Lesson): Promise<void> {
  const files = lesson.slots.map(({ file }) => file).filter((file) => file.endsWith('.ts'));
  for (const file of files) await typeErrors(join(lessonFolder(work, lesson), file));
  await rebuild(work, []);
}

/** Runs a learner's code so that also a loop without end, or a process.exit() in it, ends with a sentence. */
async function guarded(work: (onBegin: NonNullable<RunOptions['onBegin']>) => Promise<Result[]>): Promise<Result[]> {
  const guard = watchdog();
  let doing = '';
  const left = (): void => {
    process.exitCode = 1;
    writeSync(2, `drydock: your code has ended the whole check (process.exit) during "${doing}"\n`);
  };
  process.on('exit', left);
  try {
    return await work((what, seconds) => guard.doing((doing = what), seconds));
  } finally {
    process.off('exit', left);
    await guard.stop();
  }
}
