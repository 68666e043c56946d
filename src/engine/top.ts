/**
 * `top`: the processes of a container, as the host's ps(1) sees them. What is shown is ps' own to say (`ps_args`), so it
 * lists all processes, and of its lines those are kept whose PID is in the container's cgroups.
 */
import { execFile } from 'node:child_process';
import { DrydockError } from '../errors.ts';
import { pidsOfContainer } from '../runtime/stats.ts';
import type { Engine } from './engine.ts';

export interface TopAnswer {
  Titles: string[];
  /** A row for each process; the last column may have blanks in it. */
  Processes: string[][];
}

/** Throws NO_SUCH_CONTAINER, CONFLICT for one that does not run, API_INVALID for what ps does not take. */
export async function topContainer(engine: Engine, name: string, psArgs = '-ef'): Promise<TopAnswer> {
  const { id, record } = engine.containers.find(name);
  if (!record.State.Running) throw new DrydockError('CONFLICT', `Container ${id} is not running`);
  const output = await ps(psArgs.split(/\s+/).filter(Boolean));
  return rowsOf(output, new Set(pidsOfContainer(engine.run, id)));
}

/** The lines of these processes. Throws API_INVALID where none of the columns is the PID. */
export function rowsOf(output: string, pids: ReadonlySet<number>): TopAnswer {
  const [header = '', ...lines] = output.split('\n').filter((line) => line.trim() !== '');
  const Titles = header.trim().split(/\s+/);
  const column = Titles.indexOf('PID');
  if (column < 0)
    throw new DrydockError('API_INVALID', "Couldn't find PID field in ps output", {
      hint: 'let the words for ps have `pid` among the columns: -o pid,user,cmd',
    });
  const Processes = lines
    .map((line) => cellsOf(line, Titles.length))
    .filter((cells) => pids.has(Number(cells[column])));
  return { Titles, Processes };
}

/** As many as there are titles: the last one takes what is left. */
function cellsOf(line: string, count: number): string[] {
  const words = line.trim().split(/\s+/);
  return [...words.slice(0, count - 1), words.slice(count - 1).join(' ')];
}

function ps(args: readonly string[]): Promise<string> {
  const environment = { PATH: process.env.PATH, LC_ALL: 'C' };
  return new Promise((resolve, reject) => {
    execFile('ps', args, { env: environment, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const isMissing = error.code === 'ENOENT';
      const why = isMissing ? 'it is not installed on this machine' : (stderr.trim().split('\n')[0] ?? error.message);
      reject(
        new DrydockError(isMissing ? 'UNSUPPORTED' : 'API_INVALID', `ps: ${why}`, {
          hint: isMissing ? 'its package is called procps' : 'what stands behind the container’s name goes to ps(1)',
          cause: error,
        }),
      );
    });
  });
}
