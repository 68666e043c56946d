/** The definitions of networks on the disk: `networks/<id>.json`, written beside, brought to the disk, renamed. */
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { makeFolders } from '../linux/make-folders.ts';
import type { Network, Networks } from './networks.ts';

const folderOf = (root: string): string => join(root, 'networks');

/** All of them. Throws STATE_BROKEN with the file that cannot be read. */
export function readNetworks(root: string): Network[] {
  makeFolders(folderOf(root), 0o700);
  return readdirSync(folderOf(root))
    .filter((name) => /^[0-9a-f]{64}\.json$/.test(name))
    .map((name) => readNetwork(join(folderOf(root), name)));
}

function readNetwork(path: string): Network {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Network;
  } catch (cause) {
    throw new DrydockError('STATE_BROKEN', `${path} cannot be read: ${(cause as Error).message}`, {
      cause,
      hint: 'move it away: the network is gone then, and its containers have to be connected to another one',
    });
  }
}

/** Writes a network down; when this returns, a crash does not lose it. */
export function saveNetwork(networks: Networks, network: Network): void {
  const path = join(folderOf(networks.root), `${network.id}.json`);
  const file = openSync(`${path}.new`, 'w', 0o600);
  try {
    writeSync(file, JSON.stringify(network, null, 1));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
  syncFolder(networks.root);
  networks.byId.set(network.id, network);
}

export function forgetNetwork(networks: Networks, { id }: Network): void {
  rmSync(join(folderOf(networks.root), `${id}.json`), { force: true });
  syncFolder(networks.root);
  networks.byId.delete(id);
}

// A rename is on the disk when its folder is.
function syncFolder(root: string): void {
  const folder = openSync(folderOf(root), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
