/**
 * What a spawned process and its supervisor are given besides the plan.
 *
 * Descriptors of the caller that go along into the program, and the socket on which the terminal's master travels: to
 * the caller's console socket where there is one (runc, docs/terminals.md), else to the supervisor.
 */
import { closeSync, existsSync } from 'node:fs';
import { DrydockError } from '../errors.ts';
import { native } from '../linux/native.ts';

/** Descriptors around one spawn that are ours to close afterwards, by what they are for. */
export interface Around {
  given: Record<string, number>;
  supervise?: { console?: number; exitDir?: string };
  close(): void;
}

interface Wants {
  preserveFds?: number;
  consoleSocket?: number;
  supervise?: boolean;
}

/**
 * Opens what is needed; `close` after the spawn. `exitDir` is where the supervisor writes `exit`, if anywhere.
 * Throws BAD_USAGE when a descriptor that shall go along is not open.
 */
export function around({ preserveFds, consoleSocket, supervise }: Wants, exitDir?: string, terminal = false): Around {
  const given = preserved(preserveFds);
  const pair = supervise && terminal && consoleSocket === undefined ? native.seqpacketPair() : undefined;
  const end = consoleSocket ?? pair?.[1];
  if (end !== undefined) given.console = end;
  return {
    given,
    supervise: supervise ? { console: pair?.[0], exitDir } : undefined,
    close: () => pair?.forEach((fd) => closeSync(fd)),
  };
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
