/** `drydock solution LESSON`: how we wrote it. It is no secret: it is the source that the runtime runs on. */
import type { CommandModule } from 'yargs';
import { DrydockError } from '../../errors.ts';
import { findLesson } from '../../learn/lessons.ts';
import { symbolOf } from '../../learn/lesson.ts';
import { readProgress } from '../../learn/progress.ts';
import { quote } from '../../learn/source.ts';
import { workspace } from '../../learn/workspace.ts';
import { lookOf } from '../output.ts';

export const verb: CommandModule<object, { lesson: string; giveUp?: boolean; plain?: boolean }> = {
  command: 'solution <lesson>',
  describe: 'the reference for an exercise',
  builder: (yargs) =>
    yargs
      .positional('lesson', { type: 'string', demandOption: true, describe: 'name of the lesson' })
      .option('give-up', { type: 'boolean', describe: 'show it before the checks hold' })
      .example('$0 solution pid --give-up', 'the reference, before you have your own'),
  async handler({ lesson: name, giveUp, plain }) {
    const lesson = await findLesson(name).parts.lesson();
    const passed = readProgress(workspace())[name]?.passed;
    if (!passed && !giveUp)
      throw new DrydockError('BAD_USAGE', `not all checks of '${name}' have held yet`, {
        hint: `./drydock hint ${name}, or ./drydock solution ${name} --give-up; the answers lie in src/ and addon/, for everybody to read`,
      });
    const { style } = lookOf(process.stdout, { plain });
    for (const slot of lesson.slots) {
      const { file, start, text } = await quote(`${slot.source}#${symbolOf(slot)}`);
      const numbered = text.split('\n').map((line, i) => `${style.dim(String(start + i).padStart(4))}  ${line}`);
      process.stdout.write(`${style.bold(`${file}:${start}`)}\n${numbered.join('\n')}\n\n`);
    }
    process.stdout.write('This is the source that the runtime runs on. Yours may be better: the checks decide.\n');
  },
};
