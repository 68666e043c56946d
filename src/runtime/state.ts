/**
 * What is saved of a container, so that another process can start, kill or remove it.
 *
 *     RUN/<12 hex>/   claims.json   what may have to be given back; written before anything is made
 *                     state.json    the OCI state; its appearance makes the container known
 *                     go            the fifo that `start` writes into
 *                     start-error   whether the program was executed, or why it could not be
 *                     exit          written by the supervisor when the container has ended
 *
 * Making the directory is what reserves an id: mkdir(2) lets one caller win. Files are written beside and renamed, so
 * that a reader sees all or nothing. They are not fsynced: everything that they speak of (processes, mounts, cgroups)
 * is gone with the kernel's memory too.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { isSame, readStat } from '../linux/procfs.ts';
import type { Claims } from './compose.ts';
import type { Spec } from './spec.ts';

export type Status = 'creating' | 'created' | 'running' | 'stopped';

/** state.json: the OCI state, and what we need besides. */
export interface SavedState {
  ociVersion: string;
  id: string;
  pid: number;
  bundle: string;
  annotations?: Record<string, string>;
  created: string;
  owner: number;
  /** Clock ticks since boot: a pid alone may be somebody else's by now. */
  startTime: string;
  bootId: string;
  /** The config as it was at create: the bundle may change later. */
  spec: Spec;
  /** Names of the isolators in the stack, for release and exec. */
  stack: string[];
}

/** What `state` prints. */
export interface OciState {
  ociVersion: string;
  id: string;
  status: Status;
  pid: number;
  bundle: string;
  annotations?: Record<string, string>;
  created: string;
  owner: number;
}

const ID = /^[a-zA-Z0-9_][a-zA-Z0-9_.+-]{0,1023}$/;

/** Checks a container id; a name with `/` or `..` would be a path. Throws ID_INVALID. */
export function checkId(id: string): void {
  if (ID.test(id)) return;
  throw new DrydockError('ID_INVALID', `'${id.slice(0, 80)}' is no container id`, {
    hint: 'letters, digits, and _ . + - after the first one; at most 1024',
  });
}

/** The folder of a container: 12 hex digits, because the path of a socket in it ends at 107 bytes (unix(7)). */
export function stateDir(run: string, id: string): string {
  checkId(id);
  const name = /^[0-9a-f]{12}([0-9a-f]{52})?$/.test(id) ? id : createHash('sha256').update(id).digest('hex');
  return join(run, name.slice(0, 12));
}

/** Reserves an id. Throws ID_IN_USE when somebody has it. */
export function reserve(run: string, id: string): string {
  const dir = stateDir(run, id);
  mkdirSync(run, { recursive: true, mode: 0o700 });
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw diskError(dir, cause);
    throw new DrydockError('ID_IN_USE', `a container with the id '${id}' exists`, {
      hint: `remove it with \`drydock oci delete ${id}\`, or choose another id`,
    });
  }
  return dir;
}

export function saveClaims(dir: string, id: string, claims: Claims): void {
  save(join(dir, 'claims.json'), { id, pid: process.pid, claims });
}

export function saveState(dir: string, state: SavedState): void {
  save(join(dir, 'state.json'), state);
}

function save(path: string, value: unknown): void {
  try {
    writeFileSync(`${path}.new`, JSON.stringify(value, null, 1), {
      mode: 0o600,
    });
    renameSync(`${path}.new`, path);
  } catch (cause) {
    throw diskError(path, cause);
  }
}

/** The error for a file of the state that could not be written. */
export function diskError(path: string, cause: unknown): DrydockError {
  const { errno, syscall, message } = cause as NodeJS.ErrnoException;
  return new DrydockError('SYSCALL', `cannot save ${path}: ${message}`, {
    call: syscall,
    args: [path],
    errno: errno === undefined ? undefined : Math.abs(errno),
    cause,
  });
}

/** Claims of a container: also of one whose creation was cut off before it had a state. */
export function readClaims(dir: string): { id: string; pid: number; claims: Claims } | undefined {
  return read(join(dir, 'claims.json'));
}

/** The state of a container; undefined when there is none, or none that can be read. */
export function findState(run: string, id: string): SavedState | undefined {
  try {
    return readState(run, id);
  } catch (error) {
    if (error instanceof DrydockError && ['NO_SUCH_CONTAINER', 'STATE_BROKEN'].includes(error.code)) return undefined;
    throw error;
  }
}

/** Throws NO_SUCH_CONTAINER or STATE_BROKEN. */
export function readState(run: string, id: string): SavedState {
  const dir = stateDir(run, id);
  const state = read<SavedState>(join(dir, 'state.json'));
  if (state?.id === id) return state;
  throw new DrydockError('NO_SUCH_CONTAINER', `there is no container '${id}'`, {
    hint: '`drydock oci list` shows those that there are',
  });
}

function read<T>(path: string): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new DrydockError('STATE_BROKEN', `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new DrydockError('STATE_BROKEN', `${path} is not JSON: ${(cause as Error).message}`, {
      cause,
      hint: '`drydock doctor --repair` removes what is left of the container',
    });
  }
}

/** Ids of all containers that have a state, in no order. */
export function listIds(run: string): string[] {
  return listDirs(run).flatMap((dir) => read<SavedState>(join(dir, 'state.json'))?.id ?? []);
}

/** Folders of all containers, finished or not. */
export function listDirs(run: string): string[] {
  try {
    return readdirSync(run)
      .filter((name) => /^[0-9a-f]{12}$/.test(name))
      .map((name) => join(run, name));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
}

// ENOTEMPTY: a supervisor that has just lost its container writes its exit code while we remove.
export function forget(dir: string): void {
  rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 10 });
}

export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/**
 * The status, from the kernel alone: whether the process is there, and whether it has executed a program since it was
 * cloned. So it is right also when whoever called `start` was killed at the wrong moment.
 */
export function statusOf(state: SavedState): Status {
  if (state.bootId !== bootId() || !isSame(state.pid, state.startTime)) return 'stopped';
  return readStat(state.pid)?.isBeforeExec ? 'created' : 'running';
}

/** The state as the OCI spec wants it. */
export function ociState(state: SavedState): OciState {
  const { ociVersion, id, bundle, annotations, created, owner } = state;
  const status = statusOf(state);
  return {
    ociVersion,
    id,
    status,
    pid: status === 'stopped' ? 0 : state.pid,
    bundle,
    annotations,
    created,
    owner,
  };
}
