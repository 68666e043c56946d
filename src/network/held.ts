/**
 * Ports of the host that lead to containers, held so that no program takes one of them meanwhile.
 *
 * The kernel's rules come before every socket: a program that listened on a published port would never be asked. So there
 * is a socket on it that nobody speaks to, and whoever else wants the port is told EADDRINUSE. While the engine is down
 * nobody holds it, and the rules go on. What no rule can lead goes on to a relay with its socket (relay.ts).
 */
import { closeSync, readdirSync, readFileSync } from 'node:fs';
import { DrydockError } from '../errors.ts';
import { isSyscallError } from '../linux/calls.ts';
import { EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EMFILE } from '../linux/errno.ts';
import { native } from '../linux/native.ts';
import type { PublishedPort } from './networks.ts';

const types = { tcp: 1, udp: 2 } as const;

/** Descriptors by port. */
export type Held = Map<string, number>;

const keyOf = ({ protocol, hostAddress, hostPort }: PublishedPort): string => `${protocol} ${hostAddress} ${hostPort}`;

/** Takes a port, unless a program has it. Whether it is held now. Throws PORT_INVALID for an address that is not ours. */
export function hold(held: Held, port: PublishedPort): boolean {
  // SCTP has no sockets in most kernels, and so nobody who could have the port.
  if (port.protocol === 'sctp' || held.has(keyOf(port))) return true;
  try {
    held.set(keyOf(port), native.boundSocket(types[port.protocol], port.hostAddress, port.hostPort));
    return true;
  } catch (error) {
    if (isSyscallError(error, EADDRINUSE)) return false;
    if (!isSyscallError(error, EADDRNOTAVAIL, EAFNOSUPPORT)) throw error;
    throw new DrydockError('PORT_INVALID', `${port.hostAddress} is no address of this machine`, {
      hint: '`ip addr` shows those that there are; without one in front, a port is published on all of them',
      cause: error,
    });
  }
}

/** What a start needs beside the sockets of its ports; and so few sockets that nobody counts before. */
const [SPARE, FEW] = [64, 100];

/** Throws SYSCALL when there is no room for so many sockets more, before one is bound (setrlimit(2), RLIMIT_NOFILE). */
export function demandFiles(sockets: number): void {
  if (sockets < FEW) return;
  const open = readdirSync('/proc/self/fd').length;
  const limit = fileLimit();
  if (open + sockets + SPARE <= limit) return;
  throw tooMany(`they need ${sockets} open files, and the engine may have ${limit}, of which ${open} are open`);
}

/** In place of an error: a plain sentence, where the engine has no descriptors left. */
export function plainly(error: unknown): unknown {
  if (!isSyscallError(error, EMFILE)) return error;
  const text = `the engine may have ${fileLimit()} files open, and each port takes up to two`;
  return tooMany(text, { call: error.call, cause: error });
}

function tooMany(text: string, more: { call?: string; cause?: unknown } = { call: 'socket' }): DrydockError {
  return new DrydockError('SYSCALL', `too many ports are published: ${text} (EMFILE)`, {
    ...{ ...more, errno: EMFILE },
    hint: 'publish fewer, or start the engine with a higher limit: LimitNOFILE= of its unit, `ulimit -n`',
  });
}

const fileLimit = (): number =>
  Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? Infinity);

/** The socket of a port that is held. */
export const socketOf = (held: Held, port: PublishedPort): number => held.get(keyOf(port))!;

/** Whether this machine speaks IPv6, at least to itself. */
export function hasIPv6(): boolean {
  try {
    closeSync(native.boundSocket(types.tcp, '::1', 0));
    return true;
  } catch (error) {
    if (isSyscallError(error, EADDRNOTAVAIL, EAFNOSUPPORT)) return false;
    throw error;
  }
}

/** Gives ports back; idempotent. */
export function letGo(held: Held, ports: readonly PublishedPort[]): void {
  for (const port of ports) {
    const socket = held.get(keyOf(port));
    if (socket !== undefined) closeSync(socket);
    held.delete(keyOf(port));
  }
}
