/**
 * What the kernel says about processes, as far as lessons ask. Everything is read from /proc at the moment of asking.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { pidsOf, readStat } from '../linux/procfs.ts';
import { slowness } from './slowness.ts';

/** `pid:[4026531836]`: the same text means the same namespace. Empty for a process that is gone, or not ours to ask. */
export function namespaceOf(pid: number | 'self', name: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/${name}`);
  } catch (error) {
    // EACCES: it has privileges that we lack, and so is no container of ours (ptrace(2), access mode checking).
    if (isGone(error) || (error as NodeJS.ErrnoException).code === 'EACCES') return '';
    throw error;
  }
}

/** Numbers of the processes in a namespace, zombies too, as we see them. */
export function membersOf(namespace: string, name: string): number[] {
  return allPids().filter((pid) => namespace !== '' && namespaceOf(pid, name) === namespace);
}

/** All processes that we can see. */
export function allPids(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number);
}

/** A process as lessons speak of it. */
export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  /** R, S, D, T, Z, … */
  readonly state: string;
  readonly name: string;
  /** Empty for a zombie. */
  readonly command: string;
  /** Its numbers, from our namespace inwards. */
  readonly numbers: readonly number[];
}

/** undefined when there is no such process. */
export function processFacts(pid: number): ProcessFacts | undefined {
  const stat = readStat(pid);
  if (!stat) return undefined;
  const { parent, state, name } = stat;
  return { pid, parent, state, name, command: commandOf(pid), numbers: pidsOf(pid) };
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
  } catch (error) {
    if (isGone(error)) return '';
    throw error;
  }
}

/** Children of a process, zombies too. */
export function childrenOf(pid: number): ProcessFacts[] {
  return allPids().flatMap((one) => {
    const facts = processFacts(one);
    return facts?.parent === pid ? [facts] : [];
  });
}

/**
 * Asks until the answer is yes. The kernel has no event for most of what lessons ask (that somebody has become a
 * zombie, that a namespace is empty), so this looks every few milliseconds, up to a deadline.
 */
export async function until(answer: () => boolean, withinMs = 5000): Promise<boolean> {
  const deadline = Date.now() + withinMs * slowness;
  for (let pause = 1; !answer(); pause = Math.min(pause * 2, 20)) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return true;
}

function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '');
}
