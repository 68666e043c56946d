/**
 * Opens the sockets that a server listens on, and decides who can connect.
 *
 *     unix   0660, of the group `drydock` or else `docker`: who is in it is root here, as everybody has to know
 *     tcp    on this machine; beyond it only with TLS and certificates of clients (CVE-2025-9074 is what happens otherwise)
 *     fd     what a service manager has opened (sd_listen_fds(3)): it has decided
 *
 * A unix socket outlives whoever made it. One that nobody answers at is rubbish, and is replaced; one that somebody does
 * answer at is somebody else's.
 */
import { chmodSync, chownSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { Server } from 'node:http';
import { dirname } from 'node:path';
import { DrydockError } from '../errors.ts';
import { isAnswered } from '../linux/answered.ts';
import { makeFolders } from '../linux/make-folders.ts';
import { addressText, isLoopback, type Address } from './address.ts';
import type { Api } from './server.ts';
import { serverKeys, type ServerKeys, type TlsOptions } from './tls.ts';

export interface ListenOptions {
  readonly tls?: TlsOptions;
  /** Of unix sockets; default: `drydock`, or `docker`. */
  readonly group?: string;
}

const FIRST_FD = 3;

/**
 * Listens; resolves when clients can connect. Throws ENGINE, or BAD_USAGE for what would let everybody in; nothing of it
 * listens then, and a socket that was made is gone.
 */
export async function listen(api: Api, address: Address, { tls, group }: ListenOptions): Promise<Server[]> {
  if (address.kind === 'fd') return adoptAll(api, inherited(address.number));
  if (address.kind === 'unix') return [await listenUnix(api, address.path, group)];
  const server = api.server({ isGuarded: tls?.authority !== undefined }, keysFor(address, tls));
  await listening(server, { host: address.host, port: address.port }, addressText(address));
  return [server];
}

/**
 * What a server at this address has to show, where it has TLS. Throws BAD_USAGE for what would let everybody in, ENGINE for
 * files that cannot be read; also to look whether it could be opened.
 */
export function keysFor(address: Address, tls: TlsOptions | undefined): ServerKeys | undefined {
  if (address.kind !== 'tcp') return undefined;
  if (!isLoopback(address.host) && tls?.authority === undefined) throw open(address);
  return tls && serverKeys(tls);
}

const open = (address: Address): DrydockError =>
  new DrydockError(
    'BAD_USAGE',
    `-H ${addressText(address)} would make everybody who can reach it root on this machine`,
    {
      hint: 'use --tlsverify with --tlscacert, --tlscert and --tlskey, or an address of this machine: tcp://127.0.0.1:2375',
    },
  );

async function listenUnix(api: Api, path: string, group?: string): Promise<Server> {
  makeFolders(dirname(path), 0o755);
  if (await isAnswered(path))
    throw new DrydockError('ENGINE', `somebody already listens at ${path}`, {
      hint: 'another engine? docker -H unix://… version says which; end it, or choose another -H',
    });
  rmSync(path, { force: true });
  const server = api.server({ isGuarded: true });
  await listening(server, { path }, `unix://${path}`);
  try {
    giveTo(groupId(group), path);
    return server;
  } catch (error) {
    server.close(); // and the socket is removed
    throw error;
  }
}

/** Throws ENGINE when the group cannot have it, such as one that is not in this user namespace (chown(2), EINVAL). */
function giveTo(gid: number | undefined, path: string): void {
  try {
    share(path, 0o660, gid);
    letThrough(dirname(path), gid);
  } catch (cause) {
    const message = `the socket unix://${path} cannot be given to group ${gid}: ${(cause as Error).message}`;
    throw new DrydockError('ENGINE', message, { hint: 'choose another group with --group', cause });
  }
}

/** Until here nobody but root could write to it: the umask has seen to that. */
function share(path: string, mode: number, gid: number | undefined): void {
  if (gid !== undefined) chownSync(path, -1, gid);
  chmodSync(path, gid === undefined ? 0o600 : mode);
}

/** Who may use the socket has to reach it, and need not see what lies beside it. */
function letThrough(folder: string, gid: number | undefined): void {
  const { mode } = statSync(folder);
  if (gid === undefined || (mode & 0o777) !== 0o700) return;
  chownSync(folder, -1, gid);
  chmodSync(folder, 0o710);
}

/** The group by name; of the usual ones whichever there is. Throws ENGINE for a name that no group has. */
function groupId(name?: string): number | undefined {
  const groups = readFileSync('/etc/group', 'utf8').split('\n');
  const find = (wanted: string): number | undefined => {
    const line = groups.find((text) => text.startsWith(`${wanted}:`));
    return line === undefined ? undefined : Number(line.split(':')[2]);
  };
  if (name === undefined) return find('drydock') ?? find('docker');
  const found = find(name);
  if (found !== undefined) return found;
  throw new DrydockError('ENGINE', `--group ${name}: there is no such group`, { hint: `groupadd --system ${name}` });
}

/** Those that were passed to this very process. Throws BAD_USAGE when there are none. */
function inherited(number?: number): number[] {
  const { LISTEN_PID, LISTEN_FDS } = process.env;
  const count = Number(LISTEN_PID) === process.pid ? Number(LISTEN_FDS) : 0;
  const all = Array.from({ length: count }, (_, i) => FIRST_FD + i);
  const wanted = number === undefined ? all : all.filter((fd) => fd === number);
  if (wanted.length > 0) return wanted;
  throw new DrydockError('BAD_USAGE', `-H fd://${number ?? ''}: no such socket was passed to this process`, {
    hint: 'fd:// is for a service manager: systemctl start drydock.socket',
  });
}

/** All of them, or none. */
async function adoptAll(api: Api, fds: readonly number[]): Promise<Server[]> {
  const servers: Server[] = [];
  try {
    for (const fd of fds) servers.push(await adopt(api, fd));
    return servers;
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
}

async function adopt(api: Api, fd: number): Promise<Server> {
  const server = api.server({ isGuarded: true });
  await listening(server, { fd }, `fd://${fd}`);
  const address = server.address();
  if (typeof address !== 'object' || address === null) return server;
  server.close();
  throw new DrydockError('BAD_USAGE', `-H fd://${fd} is a socket of the network, port ${address.port}`, {
    hint: 'pass a unix socket (ListenStream=/run/drydock/drydock.sock), and use -H tcp:// with --tlsverify for the network',
  });
}

function listening(
  server: Server,
  where: { path: string } | { fd: number } | { host: string; port: number },
  name: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `cannot listen at ${name}: ${cause.message}`;
      reject(new DrydockError('ENGINE', message, { hint: 'ss -lxtp shows who listens where', cause }));
    });
    server.listen(where, () => resolve());
  });
}
