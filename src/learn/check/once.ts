/**
 * One check of a lesson, as `check` and `watch` make it: the learner's work is brought up to date with the project, the
 * checks are run under a watchdog, and what came of it is kept: for `hint`, in the progress, and as a commit.
 */
import { writeSync } from 'node:fs';
import { commit } from '../git.ts';
import type { Lesson } from '../lesson.ts';
import { readLast, saveLast, saveResults, writeLast, type Last } from '../progress.ts';
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
  const before = readLast(work, lesson.name);
  const begun: Begun = (what) => writeLast(work, unfinished(lesson, what));
  const results = await guarded(begun, (onBegin) => runChecks(work, lesson, checks, { ...options, onBegin }));
  saveLast(work, lesson, results, before);
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

type Begun = (what: string) => void;

/** What `hint` is to speak of when this run never comes to its end: a loop, a process.exit(), a Ctrl-C. */
function unfinished({ name }: Lesson, during: string): Last {
  const hints = [
    'The last check was ended in the middle: by your code, by a key, or because its time was up. What in your code can end everything, or never ends?',
    'A loop whose condition stays true; a wait for what nobody does; a call that ends the process. The check shares its process with your code.',
    'console.log(…) in your function shows how far it comes: it is printed at once.',
  ];
  return {
    lesson: name,
    isChecked: true,
    failed: { title: `${during} (it did not come to its end)`, hints },
    shown: 0,
  };
}

/** Node's own way out, below process.exit(). */
const node = process as unknown as { reallyExit(code?: number): never };

/** Runs a learner's code so that also a loop without end, or a process.exit() in it, ends with a sentence. */
async function guarded(
  begun: Begun,
  work: (onBegin: NonNullable<RunOptions['onBegin']>) => Promise<Result[]>,
): Promise<Result[]> {
  const guard = watchdog();
  const { reallyExit } = node;
  let doing = '';
  node.reallyExit = () => {
    writeSync(2, `drydock: your code has ended the whole check (process.exit) during "${doing}"\n`);
    return reallyExit.call(process, 1);
  };
  try {
    return await work((what, seconds) => {
      guard.doing((doing = what), seconds);
      begun(what);
    });
  } finally {
    node.reallyExit = reallyExit;
    await guard.stop();
  }
}
