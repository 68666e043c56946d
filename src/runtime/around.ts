/**
 * What a spawned process and its supervisor are given besides the plan.
 *
 * Descriptors of the caller that go along into the program, and the socket on which the terminal's master travels: to
 * the caller's console socket where there is one (runc, docs/terminals.md), else to the supervisor.
 */
import { closeSync } from 'node:fs';
import { native } from '../linux/native.ts';

/** Descriptors around one spawn that are ours to close afterwards, by what they are for. */
export interface Around {
  given: Record<string, number>;
  supervise?: { console?: number; exitDir: string };
  close(): void;
}

interface Wants {
  preserveFds?: number;
  consoleSocket?: number;
  supervise?: boolean;
}

/** Opens what is needed; `close` after the spawn. `dir` is where the supervisor writes `exit`. */
export function around({ preserveFds = 0, consoleSocket, supervise }: Wants, dir: string, terminal = false): Around {
  const given: Record<string, number> = Object.fromEntries(
    Array.from({ length: preserveFds }, (_, i) => [`preserved-${i}`, 3 + i]),
  );
  const pair = supervise && terminal && consoleSocket === undefined ? native.seqpacketPair() : undefined;
  const end = consoleSocket ?? pair?.[1];
  if (end !== undefined) given.console = end;
  return {
    given,
    supervise: supervise ? { console: pair?.[0], exitDir: dir } : undefined,
    close: () => pair?.forEach((fd) => closeSync(fd)),
  };
}
