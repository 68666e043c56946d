/** How we wrote the exercise of a lesson. It is no secret: it is the source that the runtime runs on. */
import { chop } from '../book/wrap.ts';
import { DrydockError } from '../errors.ts';
import { symbolOf, type Lesson } from './lesson.ts';
import type { Look } from './look.ts';
import { readProgress } from './progress.ts';
import { quote } from './source.ts';
import type { Workspace } from './workspace.ts';

/** Columns of a line's number. */
const GUTTER = 6;

/** The text of every slot, with its place. Throws BAD_USAGE before the lesson is passed, unless somebody gives up. */
export async function solutionText(
  work: Workspace,
  lesson: Lesson,
  giveUp: boolean,
  { style, columns }: Look,
): Promise<string> {
  const { name, slots } = lesson;
  if (!readProgress(work)[name]?.passed && !giveUp)
    throw new DrydockError('BAD_USAGE', `not all checks of '${name}' have held yet`, {
      hint: `./drydock hint ${name}, or ./drydock solution ${name} --give-up; the answers lie in src/ and addon/, for everybody to read`,
    });
  const mark = Number.isFinite(columns) ? '' : '// ';
  const texts: string[] = [];
  for (const slot of slots) {
    const { file, start, text } = await quote(`${slot.source}#${symbolOf(slot)}`);
    // Where it goes into a file or another program it is source, to be taken over.
    const lines = text.split('\n');
    const numbered = Number.isFinite(columns)
      ? lines.flatMap((line, i) => numberedLine(start + i, line, style, columns))
      : lines;
    texts.push(`${style.bold(`${mark}${file}:${start}`)}\n${numbered.join('\n')}\n`);
  }
  return [...texts, `${mark}The runtime runs on this source. Yours may be better: the checks decide.`].join('\n');
}

/** As the book has it: what is too wide goes on in the next line, behind an arrow. */
function numberedLine(number: number, line: string, style: Look['style'], width: number): string[] {
  return chop(line, width - GUTTER).map(
    (part, i) => style.dim(i ? '    ↪ ' : `${String(number).padStart(4)}  `) + part,
  );
}
