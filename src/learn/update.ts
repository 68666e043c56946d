/**
 * What becomes of a learner's work when the project's source has changed under it.
 *
 * Beside each lesson lies the starter that it was begun with. When the source gives another one today, the two
 * differences are merged as git does it (git-merge-file(1)): the learner's, and the project's. What cannot be merged is
 * left as it is, and said; nothing of the learner's is ever lost, and what has been passed stays passed.
 *
 *     .drydock/starters/pid/isolators/pid.ts     the starter that the learner's file came from
 */
import { join } from 'node:path';
import type { Lesson } from './lesson.ts';
import { commit, mergeFiles } from './git.ts';
import { readWork, starterPath, starters, writeWork, type Workspace } from './workspace.ts';

export interface Updated {
  /** Files that have the new surroundings and the learner's own lines. */
  readonly merged: readonly string[];
  /** Files that both sides have changed in the same place: as the learner left them. */
  readonly left: readonly string[];
}

/** Brings the project's changes into a lesson that was begun before them. */
export async function update(work: Workspace, lesson: Lesson): Promise<Updated> {
  const merged: string[] = [];
  const left: string[] = [];
  for (const [file, now] of await starters(lesson)) {
    const [mine, from] = [join(lesson.name, file), starterPath(lesson, file)];
    const [text, then] = [readWork(work, mine), readWork(work, from)];
    // Begun before starters were kept, or not begun: nobody can tell whose a difference is.
    if (text === undefined || then === undefined || then === now) continue;
    if (text !== now) {
      commit(work, `${lesson.name}: before an update`);
      const both = text === then ? now : merge(work, text, then, now);
      if (both === undefined) {
        left.push(mine);
        continue;
      }
      // Saved in this very moment: the next check finds both.
      if (readWork(work, mine) !== text) continue;
      writeWork(work, mine, both);
      merged.push(mine);
    }
    writeWork(work, from, now);
  }
  if (merged.length) commit(work, `${lesson.name}: updated with the project`);
  return { merged, left };
}

function merge(work: Workspace, ...texts: [mine: string, from: string, theirs: string]): string | undefined {
  const [mine, from, theirs] = ['mine', 'from', 'theirs'].map((name) => join('.drydock/build/merge', name));
  writeWork(work, mine!, texts[0]);
  writeWork(work, from!, texts[1]);
  writeWork(work, theirs!, texts[2]);
  return mergeFiles(work, mine!, from!, theirs!);
}

/** What to tell the learner; nothing when nothing has happened. */
export function updateText({ merged, left }: Updated, lesson: Lesson): string[] {
  return [
    ...merged.map((file) => `updated with the project, your lines kept: ${file}`),
    ...left.map(
      (file) =>
        `left as you have it: ${file}\n` +
        `  the project has changed the same lines; ./drydock reset ${lesson.name} gives the new starter, git keeps yours`,
    ),
  ];
}
