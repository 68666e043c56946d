/**
 * What a spawned process and its supervisor are given besides the plan.
 *
 * Descriptors of the caller that go along into the program, and the socket on which the terminal's master travels: to
 * the caller's console socket where there is one (runc, docs/terminals.md), else to the supervisor.
 */
import { closeSync, existsSync } from 'node:fs';
import { DrydockError } from '../errors.ts';
import { native } from '../linux/native.ts';
import type { Owner } from './spawn.ts';

/** Descriptors around one spawn that are ours to close afterwards, by what they are for. */
export interface Around {
  given: Record<string, number>;
  owner?: Owner;
  close(): void;
}

interface Wants {
  preserveFds?: number;
  consoleSocket?: number;
  supervise?: boolean;
  vessel?: VesselOptions;
}

/** How a process is kept in the background; addon/shim/vessel.h says what happens to it there. */
export interface VesselOptions {
  /** Of its socket and of the file with its end: `NAME.sock`, `NAME.exit`. */
  name: string;
  /** Its input stays open until a client closes it; else it is at its end. */
  stdin?: boolean;
  /** Output waits for the first client: nothing is missed where there is no log. */
  hold?: boolean;
  /** Where json.log is written, put aside at `maxBytes`, so many of them kept. */
  log?: { directory: string; maxBytes?: number; maxFiles?: number };
  /** The file of its cgroup that counts kills for memory. */
  oom?: string;
}

/**
 * Opens what is needed; `close` after the spawn. `place` is where the owner writes how the process ended, if anywhere.
 * Throws BAD_USAGE when a descriptor that shall go along is not open.
 */
export function around(wants: Wants, place?: string, terminal = false): Around {
  const { preserveFds, consoleSocket, supervise, vessel } = wants;
  const given = preserved(preserveFds);
  const isOwned = supervise || vessel !== undefined;
  const pair = isOwned && terminal && consoleSocket === undefined ? native.seqpacketPair() : undefined;
  const end = consoleSocket ?? pair?.[1];
  if (end !== undefined) given.console = end;
  return {
    given,
    owner: vessel
      ? inBackground(vessel, pair?.[0], place)
      : supervise
        ? { verb: 'supervise', console: pair?.[0], place }
        : undefined,
    close: () => pair?.forEach((fd) => closeSync(fd)),
  };
}

function inBackground({ name, stdin, hold, log, oom }: VesselOptions, socket?: number, place?: string): Owner {
  const limits = log?.maxBytes === undefined ? [] : [String(log.maxBytes), String(log.maxFiles ?? 1)];
  const argv = [name, ...(stdin ? ['stdin'] : []), ...(hold ? ['hold'] : []), ...limits];
  return { verb: 'vessel', argv, console: socket, place, log: log?.directory, oom };
}

function preserved(count = 0): Record<string, number> {
  if (!Number.isInteger(count) || count < 0)
    throw new DrydockError('BAD_USAGE', `descriptors can be passed on in a whole number from 0 on, not ${count}`);
  const fds = Array.from({ length: count }, (_, i) => 3 + i);
  const closed = fds.find((fd) => !existsSync(`/proc/self/fd/${fd}`));
  if (closed === undefined) return Object.fromEntries(fds.map((fd) => [`preserved-${fd - 3}`, fd]));
  throw new DrydockError('BAD_USAGE', `${count} descriptors shall be passed on, but ${closed} is not open`, {
    hint: `open 3 to ${2 + count} first, or pass on ${closed - 3}`,
  });
}
