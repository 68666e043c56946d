/** `oci ps`: the processes in a container, by the numbers that they have outside. */
import { readFileSync } from 'node:fs';
import type { CommandModule } from 'yargs';
import { readStat, readStatus } from '../../../linux/procfs.ts';
import { pidsOfContainer } from '../../../runtime/stats.ts';
import { table } from '../../output.ts';
import { logged, stateFolder, withGlobals, type Global } from './options.ts';

export const verb: CommandModule<object, Global & { id: string; format: string }> = {
  command: 'ps <id>',
  describe: 'Lists the processes in a container.',
  builder: (yargs) =>
    withGlobals(yargs)
      .positional('id', { type: 'string', demandOption: true, describe: 'the container' })
      .option('format', { alias: 'f', choices: ['table', 'json'], default: 'table', describe: 'how; json: pids alone' })
      .example('$0 oci ps --format json box', '[4711,4712]'),
  handler: logged('ps', (argv) => {
    const pids = pidsOfContainer(stateFolder(argv), argv.id);
    if (argv.format === 'json') return void process.stdout.write(`${JSON.stringify(pids)}\n`);
    process.stdout.write(`${table([['UID', 'PID', 'PPID', 'STATE', 'CMD'], ...pids.flatMap(rowOf)])}\n`);
  }),
};

/** Nothing for one that has ended meanwhile. */
function rowOf(pid: number): string[][] {
  const [stat, status] = [readStat(pid), readStatus(pid)];
  if (!stat || !status) return [];
  const uid = status.get('Uid')?.split(/\s/)[0] ?? '?';
  return [[uid, String(pid), String(stat.parent), stat.state, commandOf(pid) || `[${stat.name}]`]];
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return ''; // it has ended meanwhile
  }
}
