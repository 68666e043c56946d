/** `oci ps`: the processes in a container, by the numbers that they have outside. */
import { readFileSync } from 'node:fs';
import type { CommandModule } from 'yargs';
import { DrydockError } from '../../../errors.ts';
import { readStat, readStatus } from '../../../linux/procfs.ts';
import { linesOf, ps } from '../../../runtime/ps.ts';
import { pidsOfContainer } from '../../../runtime/stats.ts';
import { table } from '../../output.ts';
import { logged, stateFolder, withGlobals, type Global } from './options.ts';

export const verb: CommandModule<object, Global & { format: string }> = {
  command: 'ps [OPTIONS] ID [WORDS FOR PS…]',
  describe: 'Lists the processes in a container, by itself or in the columns that ps(1) is asked for.',
  builder: (yargs) =>
    withGlobals(yargs)
      .option('format', { alias: 'f', choices: ['table', 'json'], default: 'table', describe: 'how; json: pids alone' })
      .example('$0 oci ps --format json box', '[4711,4712]')
      .example('$0 oci ps box -o pid,args', 'what ps -o pid,args says of them'),
  handler: logged('ps', async (argv) => {
    const [id, ...words] = [...argv._, ...((argv['--'] as string[] | undefined) ?? [])].map(String);
    if (id === undefined) throw new DrydockError('BAD_USAGE', 'ps needs the id of a container');
    const pids = pidsOfContainer(stateFolder(argv), id);
    process.stdout.write(`${argv.format === 'json' ? JSON.stringify(pids) : await tableOf(pids, words)}\n`);
  }),
};

async function tableOf(pids: readonly number[], words: readonly string[]): Promise<string> {
  if (words.length > 0) return linesOf(await ps(words, 'BAD_USAGE'), new Set(pids), 'BAD_USAGE').join('\n');
  return table([['UID', 'PID', 'PPID', 'STATE', 'CMD'], ...pids.flatMap(rowOf)]);
}

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
