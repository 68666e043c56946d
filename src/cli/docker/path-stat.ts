/** What the engine says about a path in a container: base64 of JSON in a header of its answer. */
import type { IncomingMessage } from 'node:http';
import { posix } from 'node:path';
import { DrydockError } from '../../errors.ts';
import type { Client } from '../../client/client.ts';
import { isMissing } from '../../client/failure.ts';

export interface PathStat {
  readonly name: string;
  readonly size: number;
  readonly isDirectory: boolean;
  /** Where a symbolic link leads. */
  readonly linkTarget: string;
}

/** Go's os.FileMode has the kind of a file in its high bits. */
const DIRECTORY = 0x80000000;
const SYMLINK = 0x08000000;

export function statIn({ headers }: IncomingMessage): PathStat {
  const header = headers['x-docker-container-path-stat'];
  try {
    const text = Buffer.from(String(header), 'base64').toString();
    const { name, size, mode, linkTarget } = JSON.parse(text) as {
      name: string;
      size: number;
      mode: number;
      linkTarget: string;
    };
    const has = (bit: number): boolean => Math.floor(mode / bit) % 2 === 1;
    return { name, size, isDirectory: has(DIRECTORY), linkTarget: has(SYMLINK) ? linkTarget : '' };
  } catch (cause) {
    throw new DrydockError('ENGINE', 'the engine has not said what the path in the container is', { cause });
  }
}

export const archivePath = (container: string): string => `/containers/${encodeURIComponent(container)}/archive`;

/** Undefined when there is nothing. A symbolic link is followed, as far as it leads to something. */
export async function statOf(
  client: Client,
  container: string,
  path: string,
): Promise<(PathStat & { path: string }) | undefined> {
  let at = path;
  for (let hops = 0; hops < 10; hops++) {
    let stat: PathStat;
    try {
      const response = await client.stream('HEAD', archivePath(container), { query: { path: at } });
      response.resume();
      stat = statIn(response);
    } catch (error) {
      if (isMissing(error))
        return hops === 0 ? undefined : { name: '', size: 0, isDirectory: false, linkTarget: '', path: at };
      throw error;
    }
    if (stat.linkTarget === '') return { ...stat, path: at };
    at = posix.resolve(posix.dirname(at), stat.linkTarget);
  }
  throw new DrydockError('UNSAFE_PATH', `${container}:${path}: too many symbolic links`);
}
