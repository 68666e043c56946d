/**
 * Out of a container. The archive that comes is a stranger's: it decides about names and contents below the place that
 * was named, and about nothing else (untar.ts).
 */
import { statSync, type Stats } from 'node:fs';
import { basename, dirname, posix, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Client } from '../../client/client.ts';
import { CommandFailure } from './failure.ts';
import { archivePath, statIn, statOf } from './path-stat.ts';
import { isTerminal } from '../terminal.ts';
import { untar } from './untar.ts';

export interface CopyWishes {
  readonly client: Client;
  readonly followsLink: boolean;
  /** Into a container, the files become its user's; out of one they are the caller's in any case, as with Docker. */
  readonly takesUser: boolean;
}

export async function showArchive({ client, followsLink }: CopyWishes, container: string, path: string): Promise<void> {
  if (isTerminal(1)) throw new CommandFailure('cowardly refusing to write an archive to a terminal');
  const query = { path: await meant(client, container, path, followsLink) };
  await pipeline(await client.stream('GET', archivePath(container), { query }), process.stdout);
}

/** How many bytes it was. */
export async function copyOut(
  wishes: CopyWishes,
  container: string,
  path: string,
  destination: string,
): Promise<number> {
  const folder = dirname(resolve(destination));
  if (!lookAt(folder))
    throw new CommandFailure(`invalid output path: directory ${JSON.stringify(folder)} does not exist`);
  const source = await meant(wishes.client, container, path, wishes.followsLink);
  const stream = await wishes.client.stream('GET', archivePath(container), { query: { path: source } });
  const { isDirectory } = statIn(stream);
  const isContents = isDirectory && /(^|\/)\.$/.test(path);
  // A link that was followed keeps the name that it was asked for by.
  const place = placeOf(destination, { isDirectory, isContents, name: posix.basename(path) });
  return untar(stream, place);
}

/** The path itself, or with --follow-link what it leads to. */
async function meant(client: Client, container: string, path: string, followsLink: boolean): Promise<string> {
  if (!followsLink) return path || '/';
  return (await statOf(client, container, path))?.path ?? path;
}

interface Source {
  readonly isDirectory: boolean;
  readonly isContents: boolean;
  readonly name: string;
}

/** The folder that everything goes below, and the name in it of what is copied; without one its contents go there. */
function placeOf(destination: string, { isDirectory, isContents, name }: Source): { folder: string; name?: string } {
  const there = lookAt(destination);
  if (there?.isDirectory()) return { folder: resolve(destination), name: isContents ? undefined : name };
  if (there && isDirectory) throw new CommandFailure('cannot copy directory');
  if (!there && !isDirectory && destination.endsWith('/')) throw new CommandFailure('no such directory');
  if (isContents) return { folder: resolve(destination) };
  return { folder: dirname(resolve(destination)), name: basename(resolve(destination)) };
}

function lookAt(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}
