/** What a source was probably meant to be that is not where COPY and ADD look. */
import { posix } from 'node:path';
import { nearest } from '../nearest.ts';
import { follow, nameOf, walk, type Files } from './files.ts';

/** No name of Linux has more bytes (NAME_MAX); a longer one is like none, and costs time. */
const longestName = 255;
/** So many names are compared, or looked through: a hint is not worth more. */
const mostNames = 10_000;

/** The hint for a path at which there is nothing; undefined where nobody can tell more than that. */
export function hintOfAbsent(files: Files, path: string): string | undefined {
  if (files.isLeftOut?.(path))
    return `.dockerignore leaves ${shown(path)} out: a line !${shown(path)} at its end takes it back in`;
  const meant = alike(files, path) ?? elsewhere(files, path);
  return meant && `did you mean '${shown(meant)}'?`;
}

/** As it is written behind COPY. */
const shown = (path: string): string => nameOf(path.slice(1)).toString();

/** The same path with the first name that is not there made one that is. */
function alike(files: Files, path: string): string | undefined {
  const [names, done]: [string[], string[]] = [path.slice(1).split('/'), []];
  for (const name of names) {
    const folder = follow(files, `/${done.join('/')}`);
    if (files.lstat(posix.join(folder, name))) {
      done.push(name);
      continue;
    }
    const near = nearestIn(files, folder, name);
    if (near === undefined) return undefined;
    const changed = `/${[...done, near].join('/')}`;
    const whole = posix.join(changed, ...names.slice(done.length + 1));
    return files.lstat(follow(files, whole)) ? whole : changed;
  }
  return undefined;
}

function nearestIn(files: Files, folder: string, name: string): string | undefined {
  if (name.length > longestName || files.lstat(folder)?.entry.type !== 'directory') return undefined;
  const names = files.names(folder);
  return names.length > mostNames ? undefined : nearest(name, names);
}

/** A file of the same name in another folder. Of an image nobody is told that: it has too many. */
function elsewhere(files: Files, path: string): string | undefined {
  if (!files.isLeftOut) return undefined;
  let seen = 0;
  for (const one of walk(files, '/')) {
    if (++seen > mostNames) return undefined;
    if (posix.basename(one) === posix.basename(path)) return one;
  }
  return undefined;
}
