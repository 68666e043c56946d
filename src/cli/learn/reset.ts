/** `drydock reset LESSON`: the starter back. What was there stays in the workspace's git. */
import type { CommandModule } from 'yargs';
import { findLesson } from '../../learn/lessons.ts';
import { reset, workspace } from '../../learn/workspace.ts';

export const verb: CommandModule<object, { lesson: string }> = {
  command: 'reset <lesson>',
  describe: 'give an exercise its starter back',
  builder: (yargs) =>
    yargs
      .positional('lesson', { type: 'string', demandOption: true, describe: 'name of the lesson' })
      .example('$0 reset pid', 'what you wrote stays in the history of ~/drydock-work'),
  async handler({ lesson: name }) {
    const where = await reset(workspace(), await findLesson(name).parts.lesson());
    process.stdout.write(`the starters of ${name} are back\n${where}\n`);
  },
};
