/** What a learner has changed in the files of a lesson, since it was begun. */
import { join } from 'node:path';
import { chop } from '../book/wrap.ts';
import { difference } from './git.ts';
import { filesOf, type Lesson } from './lesson.ts';
import { starterPath, type Workspace } from './workspace.ts';

/** As git shows it; what is too wide goes on in the next line, behind an arrow. */
export function changedText(work: Workspace, lesson: Lesson, width = Infinity): string {
  const texts = filesOf(lesson).map((file) => difference(work, starterPath(lesson, file), join(lesson.name, file)));
  const text = texts.filter(Boolean).join('').trimEnd() || 'nothing yet: the files are as you got them';
  return text
    .split('\n')
    .flatMap((line) => narrow(line, width))
    .join('\n');
}

const ARROW = '  ↪ ';

function narrow(line: string, width: number): string[] {
  if (line.length <= width) return [line];
  const [first = '', ...more] = chop(line, width - ARROW.length);
  return [first, ...more.map((part) => ARROW + part)];
}
