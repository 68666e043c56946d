/**
 * What the vocabulary is made of: the phases of a plan, the kinds of arguments, and what a word is.
 */

/** In the order in which the kernel needs them; the groups are explained in ARCHITECTURE.md. */
export const phases = [
  'join',
  'mounts',
  'devices',
  'masks',
  'mounted',
  'pivot',
  'terminal',
  'seal',
  'names',
  'limits',
  'filter-early',
  'surroundings',
  'privileges',
  'lookup',
  'notify',
  'created',
  'start-hooks',
  'last-word',
  'filter-late',
  'exec',
] as const;
export type Phase = (typeof phases)[number];

/** A descriptor that an earlier step left in a slot, or that the parent gave. */
export interface Fd {
  readonly fd: string;
}

/** What an argument may be, and how it is printed. */
export interface Kinds {
  int: number;
  mode: number;
  mountFlags: number;
  umountFlags: number;
  cloneFlags: number;
  openFlags: number;
  landlockRights: number;
  path: string;
  text: string;
  bytes: Buffer;
  strings: readonly string[];
  fd: Fd;
  owner: { uid: number; gid: number };
  /** A set of capabilities: bit n is capability n. */
  capabilities: number;
  /** RLIMIT_*. */
  resource: number;
}
export type Kind = keyof Kinds;

export interface Word {
  readonly phase: Phase | 'own';
  /** Argument names with their kinds; a trailing `?` allows null. */
  readonly args: readonly (readonly [name: string, kind: Kind | `${Kind}?`])[];
  /** Manual page. */
  readonly manual: string;
}

/** Whether an argument of this kind may be null. */
export function isOptional(kind: string): boolean {
  return kind.endsWith('?');
}
