/**
 * Published ports that no rule can lead: from IPv6 to a container that has IPv4 alone, and from ::1 to any (IPv6 has no
 * route_localnet). One process for each container copies for all of them (addon/shim/relay.h), as docker-proxy does.
 *
 *     endpoints.ts binds its sockets ──▶ `born`: begun ──▶ the engine may be killed ──▶ adopt.ts: goes on
 *                                           │                                        └─▶ has died: begun anew
 *                                           └──▶ release, or another way out (connect.ts): ended, its ports are free
 *
 * `relay.json` in the container's folder says who it is. It is written when the process is there and before it begins;
 * until it has begun it ends with the engine. So there is none that nobody knows.
 */
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DrydockError } from '../errors.ts';
import { now } from '../linux/clock.ts';
import { O_CLOEXEC, O_DIRECTORY, O_RDONLY, signals } from '../linux/constants.ts';
import { native } from '../linux/native.ts';
import { holdProcess } from '../linux/process.ts';
import { readStat } from '../linux/procfs.ts';
import { shim } from '../runtime/spawn.ts';
import { bootId, save } from '../runtime/state.ts';
import { waitFor } from '../runtime/wait.ts';
import { warn } from '../runtime/warning.ts';
import { familyOf, isLoopback } from './firewall/rules.ts';
import { hold, letGo, socketOf, type Held } from './held.ts';
import type { Endpoint, PublishedPort } from './networks.ts';
import { inUse } from './ports.ts';

const RECORD = 'relay.json';
/** Its descriptors: addon/shim/relay.h. */
const [COMPLAINTS, CONVERSATION, PLACE, FIRST_SOCKET] = [2, 3, 4, 5];
/** It ends within a fifth of a second when it is asked to. */
const PATIENCE_MS = 2000;

interface Relay {
  readonly pid: number;
  readonly startTime: string;
  readonly bootId: string;
  /** Where it leads, from which ports. */
  readonly way: readonly string[];
}

/** Those that this engine has begun and has not asked to end. */
const wantedAlive = new Set<string>();
const nameOf = ({ pid, startTime }: Pick<Relay, 'pid' | 'startTime'>): string => `${pid} ${startTime}`;

/** Whether a relay alone can lead it. */
export const isRelayed = (
  { hostAddress }: Pick<PublishedPort, 'hostAddress'>,
  { address6 }: Pick<Endpoint, 'address6'>,
): boolean => familyOf(hostAddress) === 'ip6' && (address6 === null || isLoopback(hostAddress));

/** The ports of a container's endpoints that a relay leads, and where: those of the way out. */
function wanted(endpoints: readonly Endpoint[]): { ports: readonly PublishedPort[]; way: readonly string[] } {
  const exit = endpoints.find(({ ports }) => ports.length > 0);
  const ports = exit?.ports.filter((port) => port.protocol !== 'sctp' && isRelayed(port, exit)) ?? [];
  const words = ports.map((one) => `[${one.hostAddress}]:${one.hostPort}:${one.port}/${one.protocol}`);
  return { ports, way: exit && ports.length > 0 ? [exit.address, ...words] : [] };
}

/**
 * The relay of the container in this folder becomes as its endpoints say: begun, ended, or left as it is. Idempotent.
 * Throws PORT_IN_USE for a port that a program has taken, SYSCALL when it cannot begin.
 */
export async function tendRelay(held: Held, dir: string, endpoints: readonly Endpoint[]): Promise<void> {
  const { ports, way } = wanted(endpoints);
  const there = read(dir);
  if (there && lives(there) && way.join() === there.way.join()) return;
  await endRelay(dir);
  try {
    const taken = ports.find((port) => !hold(held, port));
    if (taken) throw inUse(taken);
    if (ports.length) await begin(held, dir, ports, way);
  } finally {
    // It holds them from now on, also while no engine is there. Without one nobody is to wait at them.
    letGo(held, ports);
  }
}

/** Ends it, and waits until its ports are free; idempotent. */
export async function endRelay(dir: string): Promise<void> {
  const there = read(dir);
  if (!there) return;
  wantedAlive.delete(nameOf(there));
  tell(there, 'SIGTERM');
  const deadline = now() + PATIENCE_MS;
  for (let pause = 1; lives(there); pause = Math.min(pause * 2, 20)) {
    if (now() > deadline) tell(there, 'SIGKILL');
    await sleep(pause);
  }
  rmSync(join(dir, RECORD), { force: true });
}

function tell({ pid, startTime }: Relay, signal: 'SIGTERM' | 'SIGKILL'): void {
  const process = holdProcess(pid, startTime);
  process?.signal(signals[signal]!);
  process?.close();
}

/** Also while it ends: only a zombie has let go of its sockets. */
function lives({ pid, startTime, bootId: boot }: Relay): boolean {
  const stat = boot === bootId() ? readStat(pid) : undefined;
  return stat?.startTime === startTime && !['Z', 'X'].includes(stat.state);
}

function read(dir: string): Relay | undefined {
  try {
    return JSON.parse(readFileSync(join(dir, RECORD), 'utf8')) as Relay;
  } catch (error) {
    // Half a record is what a power failure leaves, and nothing runs after that.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function begin(held: Held, dir: string, ports: readonly PublishedPort[], way: readonly string[]): Promise<void> {
  const opened: number[] = [];
  const [ours, theirs] = native.seqpacketPair();
  try {
    opened.push(theirs, openSync(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const sockets = ports.map((port, i) => [socketOf(held, port), FIRST_SOCKET + i] as const);
    const pid = native.spawn({
      exec: shim(opened),
      argv: ['drydock-shim', 'relay', ...way],
      env: [],
      fds: [[theirs, COMPLAINTS], [theirs, CONVERSATION], [opened[1]!, PLACE], ...sockets],
      session: true,
    });
    // Our end would not see the end of theirs, as long as we have a copy.
    opened.splice(0).forEach((fd) => closeSync(fd));
    const ended = waitFor(pid);
    const said = await heard(ours);
    if (said !== 'ready') throw unable(said);
    const { startTime } = readStat(pid)!;
    save(join(dir, RECORD), { pid, startTime, bootId: bootId(), way } satisfies Relay);
    wantedAlive.add(nameOf({ pid, startTime }));
    native.send(ours, 'go');
    void ended.then((code) => {
      if (wantedAlive.delete(nameOf({ pid, startTime }))) warn(`the relay to ${way.join(' ')} has ended with ${code}`);
    });
  } finally {
    [ours, ...opened].forEach((fd) => closeSync(fd));
  }
}

/** The one message that comes before the go; nothing when it has ended without. */
function heard(conversation: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const watch = native.watch(conversation, () => {
      try {
        const message = native.receive(conversation);
        if (message === null) return;
        resolve(message?.data.toString() ?? '');
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
      watch.close();
    });
  });
}

function unable(said: string): DrydockError {
  const why = said.trim() || 'it has ended without a word';
  return new DrydockError('SYSCALL', `the relay for published ports cannot begin: ${why}`, {
    hint: 'publish on an address of IPv4, or say "userland-proxy": false in daemon.json, and it is not needed',
  });
}
