/** `drydock hint LESSON`: the next of three hints for what failed last; before any check, those of the lesson. */
import type { CommandModule } from 'yargs';
import { findLesson, written } from '../../learn/lessons.ts';
import { fold } from '../../learn/look.ts';
import { readLast, writeLast } from '../../learn/progress.ts';
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
    const last = readLast(work);
    const lesson = await findLesson(name ?? last?.lesson ?? written()[0]!.name).parts.lesson();
    const own = last?.lesson === lesson.name ? last : { lesson: lesson.name, shown: 0 };
    const { style } = lookOf(process.stdout, { plain });
    if (last?.lesson === lesson.name && !last.failed) {
      process.stdout.write(
        `the last check of ${lesson.name} found nothing wrong\nnext: ./drydock solution ${lesson.name}\n`,
      );
      return;
    }
    const hints = own.failed?.hints.length ? own.failed.hints : lesson.hints;
    // After the last one, the last one again: it says the most.
    const index = Math.min(own.shown, hints.length - 1);
    writeLast(work, { ...own, shown: index + 1 });
    const about = own.failed ? own.failed.title : `${lesson.title} (no check has failed yet)`;
    const more =
      index + 1 < hints.length
        ? 'the next one says more'
        : `that was the last one; ./drydock solution ${lesson.name} --give-up`;
    const lines = [style.bold(about), '', ...fold(hints[index]!, 76).map((line) => `  ${line}`), ''];
    process.stdout.write(`${lines.join('\n')}\nhint ${index + 1} of ${hints.length}: ${more}\n`);
  },
};
