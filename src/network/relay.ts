/**
 * Published ports that no rule can lead: from IPv6 to a container that has IPv4 alone, and from ::1 to any (IPv6 has no
 * route_localnet), so that one on [::] has rules and a relay, which only ::1 reaches. One process for each container copies for all of them (addon/shim/relay.h), as docker-proxy does.
 *
 *     endpoints.ts binds its sockets ──▶ `born`: begun ──▶ the engine may be killed ──▶ adopt.ts: goes on
 *                                           │                                        └─▶ has died: begun anew
 *                                           ├──▶ is killed while its engine lives, or the next one: begun anew
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
import { hasEnded } from '../linux/ended.ts';
import { native } from '../linux/native.ts';
import { holdProcess } from '../linux/process.ts';
import { readStat } from '../linux/procfs.ts';
import { shim } from '../runtime/spawn.ts';
import { bootId, save } from '../runtime/state.ts';
import { waitFor } from '../runtime/wait.ts';
import { warn } from '../runtime/warning.ts';
import { familyOf, isLoopback } from './firewall/rules.ts';
import { hold, letGo, plainly, socketOf, type Held } from './held.ts';
import type { Endpoint, Networks, PublishedPort } from './networks.ts';
import { inUse } from './ports.ts';

const RECORD = 'relay.json';
/** Its descriptors: addon/shim/relay.h. */
const [COMPLAINTS, CONVERSATION, PLACE, FIRST_SOCKET] = [2, 3, 4, 5];
/** It ends within a fifth of a second when it is asked to. */
const PATIENCE_MS = 2000;
/** So many are begun in a row when each ends by itself; after one that has lived for a minute the counting begins anew. */
const MOST_TRIES = 3;
const LIVES_WELL_MS = 60_000;

interface Relay {
  readonly pid: number;
  readonly startTime: string;
  readonly bootId: string;
  /** Where it leads, from which ports. */
  readonly way: readonly string[];
}

/** Of the networks: the sockets that are held, and whether relays are wanted. */
type Where = Pick<Networks, 'held' | 'options'>;

/** Those that this engine looks after: it has begun or adopted them, and has not asked them to end. */
const wantedAlive = new Set<string>();
/** For people: a range may have thousands of ports. */
const wayText = ({ way }: Pick<Relay, 'way'>): string =>
  way.length > 5 ? `${way.slice(0, 4).join(' ')} and ${way.length - 4} ports more` : way.join(' ');

const nameOf = ({ pid, startTime }: Pick<Relay, 'pid' | 'startTime'>): string => `${pid} ${startTime}`;

/** Whether a relay alone can lead it. Of what is published on `::` rules lead all but ::1 to a container with IPv6. */
export const isRelayed = (
  { hostAddress }: Pick<PublishedPort, 'hostAddress'>,
  { address6 }: Pick<Endpoint, 'address6'>,
): boolean => familyOf(hostAddress) === 'ip6' && (address6 === null || isLoopback(hostAddress));

/** Whether a relay may lead it. */
export const mayRelay = (
  { options }: Pick<Networks, 'options'>,
  { protocol }: Pick<PublishedPort, 'protocol'>,
): boolean => options.userlandProxy !== false && protocol !== 'sctp';

/** Whether a relay has its socket, be it for ::1 alone. */
export const hasRelay = (networks: Pick<Networks, 'options'>, port: PublishedPort, endpoint: Endpoint): boolean =>
  port.protocol !== 'sctp' && (isRelayed(port, endpoint) || (port.hostAddress === '::' && mayRelay(networks, port)));

/** The ports of a container's endpoints that a relay leads, and where: those of the way out. */
function wanted(
  networks: Pick<Networks, 'options'>,
  endpoints: readonly Endpoint[],
): { ports: readonly PublishedPort[]; exit: Endpoint | undefined; way: readonly string[] } {
  const exit = endpoints.find(({ ports }) => ports.length > 0);
  const ports = exit?.ports.filter((port) => hasRelay(networks, port, exit)) ?? [];
  const words = ports.map((one) => `[${one.hostAddress}]:${one.hostPort}:${one.port}/${one.protocol}`);
  return { ports, exit, way: exit && ports.length > 0 ? [exit.address, ...words] : [] };
}

/**
 * The relay of the container in this folder becomes as its endpoints say: begun, ended, or left as it is. Idempotent. One
 * that this engine has begun, or found, is begun anew when somebody kills it. Throws PORT_IN_USE for a port that a program has taken,
 * SYSCALL when it cannot begin.
 */
export const tendRelay = (networks: Where, dir: string, endpoints: readonly Endpoint[]): Promise<void> =>
  inTurn(dir, () => tend(networks, dir, endpoints, MOST_TRIES));

/** Ends it, and waits until its ports are free; idempotent. */
export const endRelay = (dir: string): Promise<void> => inTurn(dir, () => end(dir));

/** The ports that relays lead, of all containers. */
export const relayedPorts = (networks: Pick<Networks, 'endpoints' | 'options'>): readonly PublishedPort[] =>
  [...networks.endpoints.values()].flatMap((all) => wanted(networks, all).ports);

/** The ports that nobody leads now: their relay is gone, could not be begun anew, and they have no rules. */
export function unledPorts(
  networks: Pick<Networks, 'options'>,
  dir: string,
  endpoints: readonly Endpoint[],
): readonly PublishedPort[] {
  const { ports: all, exit } = wanted(networks, endpoints);
  const ports = all.filter((port) => isRelayed(port, exit!));
  if (!ports.length) return [];
  const there = read(dir);
  return there && lives(there) ? [] : ports;
}

const lastTurns = new Map<string, Promise<void>>();

/** One after another, for each folder: one that has died is begun anew while somebody else ends it. */
async function inTurn(dir: string, change: () => Promise<void>): Promise<void> {
  const before = lastTurns.get(dir);
  const mine = (async () => {
    await before?.catch(() => undefined);
    await change();
  })();
  lastTurns.set(dir, mine);
  try {
    await mine;
  } finally {
    if (lastTurns.get(dir) === mine) lastTurns.delete(dir);
  }
}

async function tend(networks: Where, dir: string, endpoints: readonly Endpoint[], tries: number): Promise<void> {
  const { held } = networks;
  const { ports, way } = wanted(networks, endpoints);
  const there = read(dir);
  const again = (left: number) => tend(networks, dir, endpoints, left);
  if (there && lives(there) && way.join() === there.way.join()) {
    if (!wantedAlive.has(nameOf(there))) lookAfter(there, hasEnded(there.pid, there.startTime), { dir, tries, again });
    return;
  }
  await end(dir);
  try {
    const taken = ports.find((port) => !hold(held, port));
    if (taken) throw inUse(taken);
    if (!ports.length) return;
    const { relay, ended } = await begin(held, dir, ports, way);
    lookAfter(relay, ended, { dir, tries, again });
  } catch (error) {
    throw plainly(error);
  } finally {
    // It holds them from now on, also while no engine is there. Without one nobody is to wait at them.
    letGo(held, ports);
  }
}

interface Again {
  readonly dir: string;
  readonly tries: number;
  readonly again: (tries: number) => Promise<void>;
}

/** Until it ends: then it is begun anew, unless that was wanted. Of one that is no child of ours nobody knows the code. */
function lookAfter(relay: Relay, ended: Promise<number | void>, { dir, tries, again }: Again): void {
  wantedAlive.add(nameOf(relay));
  const since = now();
  const name = `the relay to ${wayText(relay)}`;
  const onEnd = (code: number | void): void => {
    if (!wantedAlive.delete(nameOf(relay))) return;
    warn(`${name} has ended${code === undefined ? '' : ` with ${code}`}`);
    const left = now() - since > LIVES_WELL_MS ? MOST_TRIES : tries - 1;
    if (left > 0) void beginAnew(relay, dir, () => again(left));
    else warn(`it is not begun anew after ${MOST_TRIES} in a row: the next start of its container does`);
  };
  const onError = (error: Error): void => {
    wantedAlive.delete(nameOf(relay)); // so that the next look at it tries again
    warn(`${name} cannot be watched`, error);
  };
  void ended.then(onEnd, onError);
}

/** Somebody may have ended it by now, or begun another one. */
function beginAnew(dead: Relay, dir: string, begin: () => Promise<void>): Promise<void> {
  const isLast = (there: Relay | undefined): boolean => there !== undefined && nameOf(there) === nameOf(dead);
  return inTurn(dir, async () => {
    if (isLast(read(dir))) await begin();
  }).catch((error: Error) => warn(`the relay to ${wayText(dead)} is not begun anew`, error));
}

async function end(dir: string): Promise<void> {
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
    const found = JSON.parse(readFileSync(join(dir, RECORD), 'utf8')) as Partial<Relay> | null;
    return isRelay(found) ? found : undefined;
  } catch (error) {
    // Half a record is what a power failure leaves, and nothing runs after that.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const isRelay = (found: Partial<Relay> | null): found is Relay =>
  Number.isInteger(found?.pid) && typeof found?.startTime === 'string' && Array.isArray(found.way);

/** One that leads this way, and its end, which is a promise of its own. */
async function begin(
  held: Held,
  dir: string,
  ports: readonly PublishedPort[],
  way: readonly string[],
): Promise<{ relay: Relay; ended: Promise<number> }> {
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
    const relay: Relay = { pid, startTime: readStat(pid)!.startTime, bootId: bootId(), way };
    save(join(dir, RECORD), relay);
    native.send(ours, 'go');
    return { relay, ended };
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
