/**
 * The processes of a container as the host's ps(1) sees them. What is shown is ps' own to say, so it lists all processes,
 * and of its lines those are kept whose PID is one of the container's.
 */
import { execFile } from 'node:child_process';
import { DrydockError } from '../errors.ts';

/** How the caller is told of words that ps does not take. */
export type Refusal = 'API_INVALID' | 'BAD_USAGE';

/** Runs ps(1). Throws what it complains of, and UNSUPPORTED where there is none. */
export function ps(args: readonly string[], refusal: Refusal): Promise<string> {
  const environment = { PATH: process.env.PATH, LC_ALL: 'C' };
  return new Promise((resolve, reject) => {
    execFile('ps', args, { env: environment, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const isMissing = error.code === 'ENOENT';
      const why = isMissing ? 'it is not installed on this machine' : (stderr.trim().split('\n')[0] ?? error.message);
      reject(
        new DrydockError(isMissing ? 'UNSUPPORTED' : refusal, `ps: ${why}`, {
          hint: isMissing ? 'its package is called procps' : 'what stands behind the container’s name goes to ps(1)',
          cause: error,
        }),
      );
    });
  });
}

/** The header, and the lines of these processes. Throws where none of the columns is the PID. */
export function linesOf(output: string, pids: ReadonlySet<number>, refusal: Refusal): [string, ...string[]] {
  const [header = '', ...lines] = output.split('\n').filter((line) => line.trim() !== '');
  const column = wordsOf(header).indexOf('PID');
  if (column < 0)
    throw new DrydockError(refusal, "Couldn't find PID field in ps output", {
      hint: 'let the words for ps have `pid` among the columns: -o pid,user,cmd',
    });
  return [header, ...lines.filter((line) => pids.has(Number(wordsOf(line)[column])))];
}

/** Of a line of ps. */
export const wordsOf = (line: string): string[] => line.trim().split(/\s+/);
