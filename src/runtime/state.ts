/**
 * What is saved of a container, so that another process can start, kill or remove it.
 *
 *     RUN/<12 hex>/   claims.json   what may have to be given back; written before anything is made
 *                     state.json    the OCI state; its appearance makes the container known
 *                     go            the fifo that `start` writes into
 *                     start-error   whether the program was executed, or why it could not be
 *                     exit          written by the supervisor when the container has ended
 *
 * Making the directory is what reserves an id: mkdir(2) lets one caller win; a lock on it says that somebody is at work
 * (lock.ts). Files are written beside and renamed, so
 * that a reader sees all or nothing. They are not fsynced: everything that they speak of (processes, mounts, cgroups)
 * is gone with the kernel's memory too.
 */
import type * as crypto from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { makeFolders } from '../linux/make-folders.ts';
import { holdProcess, type HeldProcess } from '../linux/process.ts';
import { readStat } from '../linux/procfs.ts';
import type { Claims } from './compose.ts';
import { lockFolder, type Lock } from '../linux/lock.ts';
import { OCI_VERSION } from './oci-version.ts';
import type { Spec } from './spec.ts';

export type Status = 'creating' | 'created' | 'running' | 'paused' | 'stopped';

/** state.json: the OCI state, and what we need besides. */
export interface SavedState {
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
  /** What else the plan depended on, so that it can be composed once more: a step is known by its number in it. */
  preserveFds: number;
  consoleSocket: boolean;
}

/** claims.json: what may have to be given back, and who began. */
export interface SavedClaims {
  id: string;
  /** The process that created the container. */
  creator: { pid: number; startTime: string };
  claims: Claims;
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
  const name = /^[0-9a-f]{12}([0-9a-f]{52})?$/.test(id) ? id : sha256(id);
  return join(run, name.slice(0, 12));
}

// Loaded when it is needed: node:crypto takes longer than everything else that `try` imports.
function sha256(text: string): string {
  const { createHash } = require('node:crypto') as typeof crypto;
  return createHash('sha256').update(text).digest('hex');
}

/** Reserves an id: makes its folder, and locks it. Throws ID_IN_USE. */
export async function reserve(run: string, id: string): Promise<{ dir: string; lock: Lock }> {
  const dir = stateDir(run, id);
  makeFolders(run, 0o700);
  for (;;) {
    makeFolder(dir, id);
    const lock = await lockFolder(dir, 'creating or removing the container');
    if (lock) return { dir, lock };
    // Somebody has taken the empty folder for a leftover and removed it.
  }
}

function makeFolder(dir: string, id: string): void {
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw diskError(dir, cause);
    const other = readClaims(dir)?.id ?? id;
    if (other !== id)
      throw new DrydockError('ID_IN_USE', `the container '${other}' has the same first 12 digits as '${id}'`, {
        hint: 'they would share a folder: choose another id',
      });
    if (!existsSync(join(dir, 'state.json')))
      throw new DrydockError('ID_IN_USE', `the container '${id}' is being created, or its creation was cut off`, {
        hint: `\`drydock oci delete --force ${id}\` removes what a crash has left`,
      });
    throw new DrydockError('ID_IN_USE', `a container with the id '${id}' exists`, {
      hint: `remove it with \`drydock oci delete ${id}\`, or choose another id`,
    });
  }
}

export function saveClaims(dir: string, id: string, claims: Claims): void {
  const creator = { pid: process.pid, startTime: readStat('self')!.startTime };
  save(join(dir, 'claims.json'), { id, creator, claims } satisfies SavedClaims);
}

export function saveState(dir: string, state: SavedState): void {
  save(join(dir, 'state.json'), state);
}

/** Beside, and renamed: whoever reads finds the old or the new. */
export function save(path: string, value: unknown): void {
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

/** Claims of a container: also of one whose creation was cut off before it had a state. Throws STATE_BROKEN. */
export function readClaims(dir: string): SavedClaims | undefined {
  return read<SavedClaims>(join(dir, 'claims.json'), { id: 'string', creator: 'object', claims: 'object' });
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
  const state = readStateIn(stateDir(run, id));
  if (state?.id === id) return state;
  throw noSuchContainer(id);
}

/** The state in a container's folder, if there is one yet. Throws STATE_BROKEN. */
export function readStateIn(dir: string): SavedState | undefined {
  return read<SavedState>(join(dir, 'state.json'), {
    id: 'string',
    pid: 'number',
    bundle: 'string',
    created: 'string',
    owner: 'number',
    startTime: 'string',
    bootId: 'string',
    spec: 'object',
    stack: 'object',
    preserveFds: 'number',
    consoleSocket: 'boolean',
  } satisfies Record<Exclude<keyof SavedState, 'annotations'>, string>);
}

export function noSuchContainer(id: string): DrydockError {
  // Podman looks for these words, and containerd's shim: what they know of the container is then out of date.
  return new DrydockError('NO_SUCH_CONTAINER', `the container '${id}' does not exist`, {
    hint: '`drydock oci list` shows those that there are',
  });
}

/** What we have saved in a file; undefined when it is not there. `types` are those that its properties must have. */
function read<T>(path: string, types: Readonly<Record<string, string>>): T | undefined {
  const text = readUnlessMissing(path);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw broken(`${path} is not JSON: ${(cause as Error).message}`, cause);
  }
  const properties = (typeof value === 'object' && value) || {};
  for (const [name, type] of Object.entries(types)) {
    const found: unknown = (properties as Record<string, unknown>)[name];
    if (typeof found !== type || found === null) throw broken(`${path}: '${name}' is not the ${type} that was saved`);
  }
  return value as T;
}

function readUnlessMissing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw broken(`cannot read ${path}: ${message}`, cause);
  }
}

function broken(message: string, cause?: unknown): DrydockError {
  return new DrydockError('STATE_BROKEN', message, {
    cause,
    hint: '`drydock oci delete --force ID`, or `drydock doctor --repair`, removes what is left of the container',
  });
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

/** Removes a container's folder. */
export function forget(dir: string): void {
  // A supervisor that has just lost its container writes two files and is done: that often the folder may fill again.
  for (let left = 5; ; left--) {
    try {
      for (const name of readdirSync(dir)) unlinkSync(join(dir, name));
      return rmdirSync(dir);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' && !existsSync(dir)) return;
      if (!['ENOENT', 'ENOTEMPTY'].includes(code ?? '') || left === 0) throw error;
    }
  }
}

export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** Holds the container's first process, so that it cannot become another one's number; undefined when it has ended. */
export function holdFirst({ pid, startTime, bootId: boot }: SavedState): HeldProcess | undefined {
  return boot === bootId() ? holdProcess(pid, startTime) : undefined;
}

/** The state as the OCI spec wants it. */
export function ociState(state: SavedState, status: Status): OciState {
  const { id, bundle, annotations, created, owner } = state;
  const pid = status === 'stopped' ? 0 : state.pid;
  return { ociVersion: OCI_VERSION, id, status, pid, bundle, annotations, created, owner };
}
