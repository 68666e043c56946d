/** `drydock begin LESSON`: lays the exercise out in the workspace. What is there stays as it is. */
import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import { findLesson, placeInCourse } from '../../learn/lessons.ts';
import { symbolOf } from '../../learn/lesson.ts';
import { update, updateText } from '../../learn/update.ts';
import { begin, friendly, lessonFolder, workspace } from '../../learn/workspace.ts';
import { lookOf, wrap } from '../output.ts';

export const verb: CommandModule<object, { lesson: string; plain?: boolean }> = {
  command: 'begin <lesson>',
  describe: 'start the exercise of a lesson',
  builder: (yargs) =>
    yargs
      .positional('lesson', { type: 'string', demandOption: true, describe: 'name of the lesson' })
      .example('$0 begin pid', 'its files, with gaps to fill, in ~/drydock-work'),
  async handler({ lesson: name, plain }) {
    const lesson = await findLesson(name).parts.lesson();
    const work = workspace();
    const { made, kept, noHistory } = await begin(work, lesson);
    const updated = await update(work, lesson);
    const { style } = lookOf(process.stdout, { plain });
    const folder = friendly(work, lessonFolder(work, lesson));
    const lines = [style.bold(`${placeInCourse(name)}: ${lesson.title}`), lesson.question, ''];
    if (kept.length === 0) lines.push(`made in ${folder}:`);
    else lines.push(`already begun in ${folder}: your files are as you left them`);
    for (const { file, title, minutes, instead, ...slot } of lesson.slots) {
      lines.push(`  ${join(folder, file)}`, ...indented(`${symbolOf(slot)}: ${title}, about ${minutes} min`));
      if (instead) lines.push(...indented(`or ${instead.symbol} in ${join(folder, instead.file)}, in TypeScript`));
    }
    if (kept.length && made.length) lines.push('', `written again, because missing: ${made.join(', ')}`);
    if (kept.length) lines.push('', `to start from scratch: ./drydock reset ${name}`);
    lines.push(...updateText(updated, lesson));
    lines.push('', `next: write, then ./drydock check ${name}`);
    if (noHistory) lines.push(`your attempts will not be kept: ${noHistory}`);
    process.stdout.write(`${lines.join('\n')}\n`);
  },
};

const indented = (text: string): string[] => wrap(text, 74).map((line) => `      ${line}`);
