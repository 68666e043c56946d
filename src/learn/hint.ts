/** The next of three hints for what failed last; before any check, those of the lesson. */
import type { Lesson } from './lesson.ts';
import { fold, type Look } from './look.ts';
import { readLast, writeLast } from './progress.ts';
import type { Workspace } from './workspace.ts';

/** Prose is read in lines of this length, or in shorter ones. */
const WIDTH = 76;

/** The text of the next hint; it counts as read from now on. */
export function nextHint(work: Workspace, lesson: Lesson, { style, columns }: Look): string {
  const own = readLast(work, lesson.name) ?? { lesson: lesson.name, isChecked: false, shown: 0 };
  if (own.isChecked && !own.failed)
    return `the last check of ${lesson.name} found nothing wrong\nnext: ./drydock solution ${lesson.name}`;
  const hints = own.failed?.hints.length ? own.failed.hints : lesson.hints;
  // After the last one, the last one again: it says the most.
  const index = Math.min(own.shown, hints.length - 1);
  writeLast(work, { ...own, shown: index + 1 });
  const about = own.failed ? own.failed.title : `${lesson.title} (no check has failed yet)`;
  const more =
    index + 1 < hints.length
      ? 'the next one says more'
      : `that was the last one; ./drydock solution ${lesson.name} --give-up`;
  const lines = fold(hints[index]!, Math.min(WIDTH, columns - 4)).map((line) => `  ${line}`);
  return [
    style.bold(fold(about, columns).join('\n')),
    '',
    ...lines,
    '',
    `hint ${index + 1} of ${hints.length}: ${more}`,
  ].join('\n');
}

/** `1 of 3`: the one that `hint` would show now. */
export function placeOfNextHint(work: Workspace): string {
  const { failed, shown = 0 } = readLast(work) ?? {};
  const count = failed?.hints.length ?? 0;
  return `${Math.min(shown + 1, count)} of ${count}`;
}
