/**
 * The life of a container: create, start, exec, kill, remove.
 *
 *     (nothing) ──create──▶ created ──start──▶ running ──▶ stopped ──remove──▶ (nothing)
 *                  │ fails                        kill, or its program ends
 *                  └─▶ (nothing)
 *
 * Each arrow may be taken by another process than the one before. What they share is the container's folder (state.ts)
 * and the kernel.
 */
import { closeSync, openSync } from 'node:fs';
import { DrydockError } from '../errors.ts';
import { O_CLOEXEC, O_DIRECTORY, O_PATH } from '../linux/constants.ts';
import { readStat } from '../linux/procfs.ts';
import { around } from './around.ts';
import { compose, release, type Composition } from './compose.ts';
import { hostOf, ownStack, reachLater, recompose } from './existing.ts';
import { makeGo, sayGo } from './go.ts';
import type { Host } from './isolator.ts';
import { isolators as allIsolators, type AnyIsolator } from './isolators/index.ts';
import { procName } from './namespaces.ts';
import type { Process, Spec } from './spec.ts';
import { killedBeforeExec, startError } from './failure.ts';
import { spawn, type Spawned, type SpawnOptions } from './spawn.ts';
import * as saved from './state.ts';
import { waitFor } from './wait.ts';

/** Deadline for processes that were killed to be gone. */
const GONE_WITHIN_MS = 10_000;

export interface CommonOptions {
  /** Isolators of the stack; the whole one unless said otherwise. */
  isolators?: readonly AnyIsolator[];
  stdio?: SpawnOptions['stdio'];
  /** Connected socket that gets the terminal's master. */
  consoleSocket?: number;
  size?: { rows: number; columns: number };
  /** Foreground: below a supervisor that holds the terminal and passes signals on. */
  supervise?: boolean;
  preserveFds?: number;
  onStep?: SpawnOptions['onStep'];
}

export interface CreateOptions extends CommonOptions {
  id: string;
  spec: Spec;
  bundle: string;
  /** Folder of the containers' states. */
  run: string;
}

export interface ExecOptions extends CommonOptions {
  process: Process;
}

export interface Container {
  readonly id: string;
  readonly pid: number;
  /** Its exit code, 128 + n when a signal ended it. Only for the process that created it, once. */
  wait(): Promise<number>;
}

/**
 * Creates a container up to the moment before its program starts.
 *
 * @throws ID_INVALID, ID_IN_USE, and whatever a step, a claim or the program's look-up gives; nothing is left then.
 */
export async function create(options: CreateOptions): Promise<Container> {
  const { id, run, bundle } = options;
  const stack = options.isolators ?? allIsolators;
  const dir = saved.reserve(run, id);
  const host = hostOf(id, dir, bundle, options);
  let composition: Composition | undefined;
  try {
    const spec = sized(options.spec, options.size);
    composition = compose(stack, { spec, mode: 'create', host });
    saved.saveClaims(dir, id, composition.claims);
    await composition.prepare();
    return containerOf(id, await spawnCreated(dir, spec, composition, options, host));
  } catch (error) {
    await undo(composition, dir, host, error);
    throw error;
  }
}

// What cannot be given back stays on record in the folder, for `doctor --repair`; both failures are told.
async function undo(composition: Composition | undefined, dir: string, host: Host, first: unknown): Promise<void> {
  try {
    if (composition) await release(composition.stack, composition.claims, host);
  } catch (second) {
    throw new AggregateError([first, second], `${(first as Error).message}; then ${(second as Error).message}`);
  }
  saved.forget(dir);
}

/** Lets the program of a created container start. Throws when it cannot be executed, or the container has died. */
export async function start(run: string, id: string, stack: readonly AnyIsolator[] = allIsolators): Promise<void> {
  const state = saved.readState(run, id);
  const status = saved.statusOf(state);
  if (status !== 'created') throw wrongState('start', id, status, 'created');
  const dir = saved.stateDir(run, id);
  const error = startError(await sayGo(dir, id), id, () => recompose(state, dir, stack).steps);
  if (error) throw error;
  // Killed within its execve: a zombie still tells.
  const stat = readStat(state.pid);
  if (stat?.isBeforeExec && stat.startTime === state.startTime) throw killedBeforeExec(id);
  await reachLater('started', state, dir, stack);
}

/** A further process in a running container. Resolves when its program has been executed. */
export async function exec(run: string, id: string, options: ExecOptions): Promise<Container> {
  const state = saved.readState(run, id);
  const status = saved.statusOf(state);
  if (status !== 'running') throw wrongState('exec', id, status, 'running');
  const dir = saved.stateDir(run, id);
  const stack = ownStack(state, options.isolators ?? allIsolators);
  const host = { ...hostOf(id, dir, state.bundle, options), target: state.pid };
  const spec = joining(state.spec, state.pid);
  const process = sized({ ...spec, process: options.process }, options.size).process;
  const composition = compose(stack, {
    spec,
    process,
    mode: 'exec',
    host,
    claims: saved.readClaims(dir)?.claims,
  });
  const extra = around(options, dir, process.terminal);
  const { stdio, onStep } = options;
  let root: number | undefined;
  try {
    root = openSync(`/proc/${state.pid}/root`, O_PATH | O_DIRECTORY | O_CLOEXEC);
    const given = { ...extra.given, root };
    return containerOf(
      id,
      await spawn({
        stdio,
        onStep,
        supervise: extra.supervise,
        given,
        composition,
        spec,
        host,
      }),
    );
  } catch (error) {
    // Whatever cannot be done in a container that ends meanwhile fails for that reason.
    const now = saved.statusOf(state);
    throw now === 'running' ? error : wrongState('exec', id, now, 'running');
  } finally {
    extra.close();
    if (root !== undefined) closeSync(root);
  }
}

/** Sends a signal to a container's first process, or to all of them. */
export function kill(run: string, id: string, signal: number): void {
  const state = saved.readState(run, id);
  const status = saved.statusOf(state);
  if (status === 'stopped') throw wrongState('kill', id, status, 'created or running');
  process.kill(state.pid, signal);
}

/**
 * Removes a container that has stopped, or with `force` any: kills it first. Removing one that is not there is no
 * error with `force`.
 */
export async function remove(
  run: string,
  id: string,
  { force = false }: { force?: boolean } = {},
  stack: readonly AnyIsolator[] = allIsolators,
): Promise<void> {
  const dir = saved.stateDir(run, id);
  const state = force ? saved.findState(run, id) : saved.readState(run, id);
  if (!state) return removeLeftovers(dir, stack);
  const status = saved.statusOf(state);
  if (status !== 'stopped' && !force) throw wrongState('delete', id, status, 'stopped');
  if (status !== 'stopped') await killAndWait(state);
  await reachLater('stopped', state, dir, stack);
  await removeLeftovers(dir, stack);
}

/** Gives back what a container's claims name, and forgets it: also one whose creation was cut off. */
export async function removeLeftovers(dir: string, stack: readonly AnyIsolator[] = allIsolators): Promise<void> {
  const claims = saved.readClaims(dir);
  if (claims) await release(stack, claims.claims, hostOf(claims.id, dir, dir));
  saved.forget(dir);
}

/** The state as the OCI spec wants it. */
export function state(run: string, id: string): saved.OciState {
  return saved.ociState(saved.readState(run, id));
}

/** States of all containers, oldest first. */
export function list(run: string): saved.OciState[] {
  return saved
    .listIds(run)
    .map((id) => state(run, id))
    .sort((a, b) => a.created.localeCompare(b.created));
}

function sized(spec: Spec, size: CommonOptions['size']): Spec {
  if (!size) return spec;
  return {
    ...spec,
    process: {
      ...spec.process,
      consoleSize: { height: size.rows, width: size.columns },
    },
  };
}

/** Makes the fifo and the error file, spawns, and closes our copies: only the child may hold them open. */
async function spawnCreated(
  dir: string,
  spec: Spec,
  composition: Composition,
  options: CreateOptions,
  host: Host,
): Promise<Spawned> {
  const go = makeGo(dir);
  const extra = around(options, dir, spec.process.terminal);
  const given = { ...extra.given, ...go };
  const { stdio, onStep } = options;
  const created = async (spawned: Spawned): Promise<void> => {
    saved.saveState(dir, stateOf(spawned.pid, options, spec, composition));
    await composition.at('created', { ...spawned, spec, host });
  };
  try {
    return await spawn({ stdio, onStep, created, supervise: extra.supervise, given, composition, spec, host });
  } finally {
    extra.close();
    Object.values(go).forEach((fd) => closeSync(fd));
  }
}

function stateOf(pid: number, { id, bundle }: CreateOptions, spec: Spec, composition: Composition): saved.SavedState {
  return {
    ociVersion: spec.ociVersion,
    id,
    pid,
    bundle,
    annotations: spec.annotations,
    created: new Date().toISOString(),
    owner: process.getuid?.() ?? 0,
    startTime: String(readStat(pid)?.startTime ?? 0),
    bootId: saved.bootId(),
    spec,
    stack: composition.stack.map(({ name }) => name),
  };
}

function containerOf(id: string, { pid, reap }: Spawned): Container {
  return { id, pid, wait: () => waitFor(reap) };
}

/** The spec with the running container's namespaces in place of new ones: exec is create with joins. */
function joining(spec: Spec, pid: number): Spec {
  const namespaces = spec.linux?.namespaces?.map(({ type }) => ({
    type,
    path: `/proc/${pid}/ns/${procName[type]}`,
  }));
  return { ...spec, linux: { ...spec.linux, namespaces } };
}

async function killAndWait(state: saved.SavedState): Promise<void> {
  try {
    process.kill(state.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  const deadline = Date.now() + GONE_WITHIN_MS;
  for (let pause = 1; saved.statusOf(state) !== 'stopped'; pause = Math.min(pause * 2, 50)) {
    if (Date.now() > deadline)
      throw new DrydockError('WRONG_STATE', `process ${state.pid} of '${state.id}' does not end`, {
        hint: `look at what it waits for: cat /proc/${state.pid}/wchan`,
      });
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

function wrongState(verb: string, id: string, is: saved.Status, wanted: string): DrydockError {
  return new DrydockError('WRONG_STATE', `cannot ${verb} '${id}': it is ${is}, not ${wanted}`);
}
