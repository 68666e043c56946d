/**
 * A folder with those above it, as `mkdir -p` makes it, in a time that has an end.
 *
 * Node's own (`recursive: true`) has none where mkdir(2) says ENOENT though the folder above exists, as all of procfs
 * does: it takes that for a missing folder above and begins again. Where people put their folders is theirs to say, so a
 * wrong word of theirs must come back as an error.
 */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DrydockError } from '../errors.ts';
import { errorName } from './errno.ts';

/** Makes what is missing, each folder with this mode. Throws SYSCALL, which names the folder that could not be made. */
export function makeFolders(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (cause) {
    const { code, errno } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    const above = dirname(path);
    if (code === 'ENOENT' && !existsSync(above)) {
      makeFolders(above, mode);
      return makeFolders(path, mode);
    }
    const number = Math.abs(errno ?? 0);
    throw new DrydockError('SYSCALL', `cannot make the folder ${path}: ${errorName(number)}`, {
      call: 'mkdir',
      args: [path],
      errno: number,
      hint: 'DRYDOCK_ROOT, DRYDOCK_RUN and DRYDOCK_WORK name other folders to work in',
      cause,
    });
  }
}
