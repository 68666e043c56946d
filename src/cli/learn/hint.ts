/** `drydock hint [LESSON]`: the next of three hints for what failed last; before any check, those of the lesson. */
import type { CommandModule } from 'yargs';
import { nextHint } from '../../learn/hint.ts';
import { findLesson } from '../../learn/lessons.ts';
import { currentLesson } from '../../learn/progress.ts';
import { workspace } from '../../learn/workspace.ts';
import { lookOf } from '../output.ts';

export const verb: CommandModule<object, { lesson?: string; plain?: boolean }> = {
  command: 'hint [lesson]',
  describe: 'a hint for the last failed check',
  builder: (yargs) =>
    yargs
      .positional('lesson', { type: 'string', describe: 'name of the lesson; the one that was checked last' })
      .example('$0 hint', 'a little more each time'),
  async handler({ lesson: name, plain }) {
    const work = workspace();
    const lesson = await findLesson(name ?? currentLesson(work)).parts.lesson();
    process.stdout.write(`${nextHint(work, lesson, lookOf(process.stdout, { plain }))}\n`);
  },
};
