/**
 * A disk without room, met when an engine opens: write(2) knows a descriptor and no path, so what Node says of it does not tell
 * anybody where to make room.
 */
import { DrydockError } from '../errors.ts';
import { EDQUOT, ENOSPC, errorName } from '../linux/errno.ts';

/** Runs `body`. Throws SYSCALL with the path, where Node knows it, or with the folder that all of it is in. */
export async function withRoom<T>(folder: string, variable: string, body: () => Promise<T> | T): Promise<T> {
  try {
    return await body();
  } catch (cause) {
    const { errno = 0, path = folder, syscall } = cause as NodeJS.ErrnoException;
    const number = Math.abs(errno);
    if (number !== ENOSPC && number !== EDQUOT) throw cause;
    const { call = syscall, args = [path] } = cause as DrydockError;
    throw new DrydockError('SYSCALL', `no room is left in ${path}: ${errorName(number)}`, {
      ...{ call, args, errno: number, cause },
      hint: `make room there (df ${folder}), or let ${variable} name another folder`,
    });
  }
}
