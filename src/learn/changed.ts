/** What a learner has changed in the files of a lesson, since it was begun. */
import { join } from 'node:path';
import { difference } from './git.ts';
import { filesOf, type Lesson } from './lesson.ts';
import { starterPath, type Workspace } from './workspace.ts';

/** As git shows it. */
export function changedText(work: Workspace, lesson: Lesson): string {
  const texts = filesOf(lesson).map((file) => difference(work, starterPath(lesson, file), join(lesson.name, file)));
  return texts.filter(Boolean).join('').trimEnd() || 'nothing yet: the files are as you got them';
}
