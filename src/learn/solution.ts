/** How we wrote the exercise of a lesson. It is no secret: it is the source that the runtime runs on. */
import { DrydockError } from '../errors.ts';
import { symbolOf, type Lesson } from './lesson.ts';
import type { Look } from './look.ts';
import { readProgress } from './progress.ts';
import { quote } from './source.ts';
import type { Workspace } from './workspace.ts';

/** The text of every slot, with its place. Throws BAD_USAGE before the lesson is passed, unless somebody gives up. */
export async function solutionText(work: Workspace, lesson: Lesson, giveUp: boolean, { style }: Look): Promise<string> {
  const { name, slots } = lesson;
  if (!readProgress(work)[name]?.passed && !giveUp)
    throw new DrydockError('BAD_USAGE', `not all checks of '${name}' have held yet`, {
      hint: `./drydock hint ${name}, or ./drydock solution ${name} --give-up; the answers lie in src/ and addon/, for everybody to read`,
    });
  const texts: string[] = [];
  for (const slot of slots) {
    const { file, start, text } = await quote(`${slot.source}#${symbolOf(slot)}`);
    const numbered = text.split('\n').map((line, i) => `${style.dim(String(start + i).padStart(4))}  ${line}`);
    texts.push(`${style.bold(`${file}:${start}`)}\n${numbered.join('\n')}\n`);
  }
  return [...texts, 'This is the source that the runtime runs on. Yours may be better: the checks decide.'].join('\n');
}
