/**
 * Whose code a container of `try --mine` is made of. Where a lesson has not been solved the project's own functions
 * stand in, and nothing in the container would tell.
 */
import { existsSync } from 'node:fs';
import { lessonIsolators, ownIsolators } from '../runtime/isolators/index.ts';
import { findLesson } from './lessons.ts';
import { canReplace } from './mine.ts';
import { readProgress } from './progress.ts';
import { lessonFolder, workspace, type Workspace } from './workspace.ts';

/** `yours: names, user (2 of 5 functions); ours, not begun: cgroups`, for the lessons that have one of `isolators`. */
export async function whose(isolators: readonly string[], work: Workspace = workspace()): Promise<string> {
  const yours: string[] = [];
  const tried: string[] = [];
  const untouched: string[] = [];
  const progress = readProgress(work);
  for (const [name, own] of Object.entries({ ...lessonIsolators, ...ownIsolators })) {
    if (!own.some((isolator) => isolators.includes(isolator))) continue;
    const { slots } = await findLesson(name).parts.lesson();
    const all = slots.filter(canReplace);
    const solved = all.filter((slot) => progress[name]?.solved.includes(slot.name));
    if (solved.length === all.length) yours.push(name);
    else if (solved.length) yours.push(`${name} (${solved.length} of ${all.length} functions)`);
    else (existsSync(lessonFolder(work, { name })) ? tried : untouched).push(name);
  }
  return [
    `yours: ${yours.join(', ') || 'nothing yet'}`,
    ...(tried.length ? [`ours, not solved: ${tried.join(', ')}`] : []),
    ...(untouched.length ? [`ours, not begun: ${untouched.join(', ')}`] : []),
  ].join('; ');
}
