/** `top`: the processes of a container, in the columns that the caller asks ps(1) for (`ps_args`). */
import { DrydockError } from '../errors.ts';
import { linesOf, ps, wordsOf } from '../runtime/ps.ts';
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
  const output = await ps(psArgs.split(/\s+/).filter(Boolean), 'API_INVALID');
  const [header, ...lines] = linesOf(output, new Set(pidsOfContainer(engine.run, id)), 'API_INVALID');
  const Titles = wordsOf(header);
  return { Titles, Processes: lines.map((line) => cellsOf(line, Titles.length)) };
}

/** As many as there are titles: the last one takes what is left. */
function cellsOf(line: string, count: number): string[] {
  const words = wordsOf(line);
  return [...words.slice(0, count - 1), words.slice(count - 1).join(' ')];
}
