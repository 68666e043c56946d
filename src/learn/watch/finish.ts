/** The loud end of a lesson. */
import type { Lesson } from '../lesson.ts';
import { lessons } from '../lessons.ts';
import type { Look } from '../look.ts';
import { nextLesson, readProgress } from '../progress.ts';
import type { Workspace } from '../workspace.ts';

const WIDTH = 62;

/** What stands there when everything holds. */
export function finish(work: Workspace, lesson: Lesson, checks: number, { style }: Look): string {
  const progress = readProgress(work);
  const done = lessons.filter(({ name }) => progress[name]?.passed).length;
  const next = nextLesson(work, lesson);
  const middle = (text: string): string => text.padStart((WIDTH + text.length) / 2).padEnd(WIDTH);
  const bar = '*'.repeat(WIDTH + 4);
  const lines = [
    bar,
    ...['', `${lesson.name.toUpperCase()}: ALL ${checks} HOLD. THE KERNEL AGREES.`, '']
      .map(middle)
      .map((text) => `* ${text} *`),
    ...[`${done} of ${lessons.length} lessons passed`, ''].map(middle).map((text) => `* ${text} *`),
    bar,
  ];
  const after = next
    ? `next: press n for lesson ${next.name}, or s to compare with ours`
    : 'every lesson has been passed; s compares with ours';
  return `\n${style.bold.green(lines.join('\n'))}\n${after}`;
}
