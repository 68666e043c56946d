/**
 * What /proc tells about one process.
 *
 * A pid alone names nobody: it is given again after its process has been reaped. Pid and start time together do, until the machine is
 * booted again; that pair is what is saved and compared. The name in `stat` stands between parentheses and is chosen
 * by the process: `evil) R 1 (x` is possible, so the fields begin after the *last* parenthesis. procfs(5).
 */
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** Set from fork until the process has called execve: in `flags`. */
export const PF_FORKNOEXEC = 0x40;
/** Set from the first moment of its end, when its namespaces are still to be taken down: in `flags`. */
export const PF_EXITING = 0x4;

export interface ProcessStat {
  readonly pid: number;
  /** At most 15 bytes, chosen by the process. */
  readonly name: string;
  /** R, S, D, T, t, Z, X, I. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** PF_* of the kernel. */
  readonly flags: number;
  readonly threads: number;
  /** Clock ticks since boot, as text: it is saved and compared, never reckoned with. */
  readonly startTime: string;
  /** It has not called execve since it was forked; a zombie still tells. */
  readonly isBeforeExec: boolean;
}

/** Parses /proc/PID/stat. Throws TypeError when it is none. */
export function parseStat(text: string): ProcessStat {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const fields = text
    .slice(close + 2)
    .trim()
    .split(' ');
  if (open < 0 || close < open || fields.length < 20) throw new TypeError(`no stat of a process: ${text}`);
  // Field 3 of the manual page is fields[0].
  const field = (number: number): string => fields[number - 3] ?? '';
  const flags = Number(field(9));
  return {
    pid: Number(text.slice(0, open)),
    name: text.slice(open + 1, close),
    state: field(3),
    parent: Number(field(4)),
    group: Number(field(5)),
    session: Number(field(6)),
    flags,
    threads: Number(field(20)),
    startTime: field(22),
    isBeforeExec: (flags & PF_FORKNOEXEC) !== 0,
  };
}

function readUnlessGone(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    // ESRCH: it ended between open and read.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** The directory of a process, given by its pid, `self`, or a path that stands for it (process.ts). */
const directoryOf = (process: number | string): string => posix.resolve('/proc', String(process));

/** The process, a zombie too; undefined when there is none. */
export function readStat(process: number | string): ProcessStat | undefined {
  const text = readUnlessGone(`${directoryOf(process)}/stat`);
  return text === undefined ? undefined : parseStat(text);
}

/** True while the very process lives that had this pid and start time. One that is ending lives no longer. */
export function isSame(process: number | string, startTime: string): boolean {
  const stat = readStat(process);
  return stat !== undefined && stat.startTime === startTime && (stat.flags & PF_EXITING) === 0;
}

/** Parses /proc/PID/status into its lines: `CapEff` → `000001ffffffffff`. */
export function parseStatus(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').filter((line) => line.includes(':'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
}

/** undefined when there is no such process. */
export function readStatus(pid: number | 'self'): ReadonlyMap<string, string> | undefined {
  const text = readUnlessGone(`/proc/${pid}/status`);
  return text === undefined ? undefined : parseStatus(text);
}

/** Its ids, from our PID namespace inwards (Linux 4.1); before that only the first is known. */
export function pidsOf(pid: number): number[] {
  const ids = readStatus(pid)?.get('NSpid');
  return ids === undefined ? [pid] : ids.split(/\s+/).map(Number);
}
