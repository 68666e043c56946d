/** `drydock progress`: the map of the course, and where you are on it. */
import type { CommandModule } from 'yargs';
import { courseMap, readProgress } from '../../learn/progress.ts';
import { workspace } from '../../learn/workspace.ts';
import { lookOf } from '../output.ts';

export const verb: CommandModule<object, { json?: boolean; plain?: boolean }> = {
  command: 'progress',
  describe: 'what you have done so far',
  builder: (yargs) =>
    yargs.option('json', { type: 'boolean', describe: 'as JSON' }).example('$0 progress', 'the map of the course'),
  handler({ json, plain }) {
    const work = workspace();
    const text = json
      ? JSON.stringify(readProgress(work), null, 2)
      : courseMap(work, lookOf(process.stdout, { plain }));
    process.stdout.write(`${text}\n`);
  },
};
