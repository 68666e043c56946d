/** The loud end of a lesson. */
import type { Lesson } from '../lesson.ts';
import { lessons } from '../lessons.ts';
import { fold, type Look } from '../look.ts';
import { nextLesson, readProgress } from '../progress.ts';
import type { Workspace } from '../workspace.ts';

const WIDTH = 62;

/** What stands there when everything holds, and what to do next: a key, or a command for whoever has no keyboard. */
export function finish(
  work: Workspace,
  lesson: Lesson,
  checks: number,
  { style, columns }: Look,
  hasKeys: boolean,
): string {
  const progress = readProgress(work);
  const done = lessons.filter(({ name }) => progress[name]?.passed).length;
  const next = nextLesson(work, lesson);
  const width = Math.min(WIDTH, columns - 4);
  const middle = (text: string): string => text.padStart((width + text.length) / 2).padEnd(width);
  const bar = '*'.repeat(width + 4);
  const loud = fold(`${lesson.name.toUpperCase()}: ALL ${checks} HOLD. THE KERNEL AGREES.`, width);
  const inside = ['', ...loud, '', `${done} of ${lessons.length} lessons passed`, ''];
  const lines = [bar, ...inside.map((text) => `* ${middle(text)} *`), bar];
  const [on, compare] = hasKeys
    ? [`press n for lesson ${next?.name}`, 's']
    : [`./drydock begin ${next?.name}`, `./drydock solution ${lesson.name}`];
  const after = next
    ? `next: ${on}, or ${compare} to compare with ours`
    : `every lesson has been passed; ${compare} compares with ours`;
  return `\n${style.bold.green(lines.join('\n'))}\n${fold(after, columns).join('\n')}`;
}
