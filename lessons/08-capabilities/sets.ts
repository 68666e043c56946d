/** The sets of a process as the kernel says them, and a container that asks for some. */
import { readStatus } from '../../src/linux/procfs.ts';
import { namesOf } from '../../src/linux/capabilities.ts';
import type { Process, Spec } from '../../src/runtime/spec.ts';

/** By the names of /proc/PID/status: `CapEff` … → `CHOWN KILL`, or `none`. */
export function setsOfProcess(pid: number): Readonly<Record<string, string>> {
  const status = readStatus(pid);
  return Object.fromEntries(lines.map((line) => [line, textOf(parseInt(status?.get(line) ?? '0', 16))]));
}

/** The bounding set first: root's others come out of it at each execve. */
export const lines = ['CapBnd', 'CapPrm', 'CapEff', 'CapInh', 'CapAmb'] as const;

/** More than that are not read but counted. */
const MANY = 14;

/** `CHOWN KILL`, `none`, `40 capabilities`. */
export function textOf(set: number): string {
  if (Number.isNaN(set)) return 'no number';
  const names = namesOf(set);
  return names.length > MANY ? `${names.length} capabilities` : names.join(' ') || 'none';
}

/** Real, effective, saved and file system user. */
export const usersOf = (pid: number): string => (readStatus(pid)?.get('Uid') ?? '').trim().split(/\s+/).join(' ');

/** Real, effective, saved and file system group, and the others. */
export function groupsOf(pid: number): string {
  const status = readStatus(pid);
  return ['Gid', 'Groups'].map((line) => (status?.get(line) ?? '').trim().split(/\s+/).join(' ')).join(' and ');
}

/** The config with another process. */
export const having =
  (more: Partial<Process>) =>
  (spec: Spec): Spec => ({ ...spec, process: { ...spec.process, ...more } });

/** The same names in those sets that make sense without ambient ones. */
export function only(...names: string[]): NonNullable<Process['capabilities']> {
  return { bounding: names, effective: names, permitted: names };
}

export const LEARNER = { uid: 1000, gid: 1000 };
