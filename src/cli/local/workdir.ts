/** A working directory inside a container: relative to nothing that anybody could know, so it must be absolute. */
import { DrydockError } from '../../errors.ts';

/** The path, if it is absolute; `option` names it in the refusal. Throws BAD_USAGE. */
export function absolute(path: string, option: string): string {
  if (path.startsWith('/')) return path;
  throw new DrydockError('BAD_USAGE', `${option} is an absolute path in the container, not '${path}'`, {
    hint: `${option} /${path}`,
  });
}
