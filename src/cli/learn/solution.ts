/** `drydock solution LESSON`: how we wrote it. */
import type { CommandModule } from 'yargs';
import { findLesson } from '../../learn/lessons.ts';
import { solutionText } from '../../learn/solution.ts';
import { workspace } from '../../learn/workspace.ts';
import { lookOf } from '../output.ts';

export const verb: CommandModule<object, { lesson: string; giveUp?: boolean; plain?: boolean }> = {
  command: 'solution <lesson>',
  describe: 'the reference for an exercise',
  builder: (yargs) =>
    yargs
      .positional('lesson', { type: 'string', demandOption: true, describe: 'name of the lesson' })
      .option('give-up', { type: 'boolean', describe: 'show it before the checks hold' })
      .example('$0 solution pid --give-up', 'the reference, before you have your own')
      .epilogue('Into a file or another program it goes without line numbers: take over what you want.'),
  async handler({ lesson: name, giveUp = false, plain }) {
    const lesson = await findLesson(name).parts.lesson();
    const look = lookOf(process.stdout, { plain });
    // Lines stay whole on their way into a file or another program.
    const columns = process.stdout.isTTY ? look.columns : Infinity;
    const text = await solutionText(workspace(), lesson, giveUp, { ...look, columns });
    process.stdout.write(`${text}\n`);
  },
};
