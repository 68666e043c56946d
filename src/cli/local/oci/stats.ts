/** `oci stats`: what a container has used so far, for people; `oci events` is for programs. */
import type { CommandModule } from 'yargs';
import { stats, type Usage } from '../../../runtime/stats.ts';
import { table } from '../../output.ts';
import { logged, stateFolder, withGlobals, type Global } from './options.ts';

export const verb: CommandModule<object, Global & { id: string; format: string }> = {
  command: 'stats <id>',
  describe: 'Prints what a container has used so far.',
  builder: (yargs) =>
    withGlobals(yargs)
      .positional('id', { type: 'string', demandOption: true, describe: 'the container' })
      .option('format', { alias: 'f', choices: ['table', 'json'], default: 'table', describe: 'how' })
      .example('$0 oci stats box', 'processor, memory, processes'),
  handler: logged('stats', (argv) => {
    const { cpu, memory, pids, ...more } = stats(stateFolder(argv), argv.id);
    if (argv.format === 'json') return void process.stdout.write(`${JSON.stringify({ cpu, memory, pids, ...more })}\n`);
    const rows = [
      ['WHAT', 'USED', 'MOST', 'LIMIT'],
      ['cpu', `${(cpu.usage.total / 1e9).toFixed(2)} s`, '', ''],
      ['memory', ...amounts(memory.usage)],
      ['processes', String(pids.current), '', pids.limit ? String(pids.limit) : 'none'],
    ];
    process.stdout.write(`${table(rows)}\n`);
  }),
};

/** More than any machine has is what v1 shows for no limit. */
const BEYOND_ANY = 2 ** 62;

function amounts({ usage, max = 0, limit = 0 }: Usage): string[] {
  return [mebibytes(usage), mebibytes(max), limit && limit < BEYOND_ANY ? mebibytes(limit) : 'none'];
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
