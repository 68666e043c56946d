/** skopeo(1), for lessons: somebody else's reading of images and of stores. */
import { execFileSync } from 'node:child_process';
import { DrydockError } from '../errors.ts';

/** What it prints. Throws UNSUPPORTED where it is not installed, and what it complains of as it comes. */
export function skopeo(...words: string[]): Buffer {
  try {
    return execFileSync('skopeo', words, { stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new DrydockError('UNSUPPORTED', 'skopeo is not installed', { hint: 'apt-get install skopeo', cause: error });
  }
}
