/**
 * The life of a container: create and start; exec.ts, kill.ts and remove.ts have the rest.
 *
 * lifecycle.ts draws it. Each arrow there may be taken by another process than the one before. What they share is the
 * container's folder (state.ts) and the kernel.
 */
import { closeSync } from 'node:fs';
import { resolve } from 'node:path';
import { DrydockError } from '../errors.ts';
import { readStat } from '../linux/procfs.ts';
import { around, type VesselOptions } from './around.ts';
import { compose, reach, release, type Composition } from './compose.ts';
import { hostOf, reachLater, recompose, statusNow } from './existing.ts';
import { killedBeforeExec, startError } from './failure.ts';
import { makeGo, sayGo } from './go.ts';
import type { Host, Waiting } from './isolator.ts';
import { isolators as allIsolators, type AnyIsolator } from './isolators/index.ts';
import { demand } from './lifecycle.ts';
import { withHome } from './passwd.ts';
import type { Spec } from './spec.ts';
import { spawn, type Spawned, type SpawnOptions } from './spawn.ts';
import * as saved from './state.ts';
import { oomFile } from './oom.ts';
import { waitFor } from './wait.ts';
import { warn } from './warning.ts';

export interface CommonOptions {
  /** Isolators of the stack; the whole one unless said otherwise. */
  isolators?: readonly AnyIsolator[];
  stdio?: SpawnOptions['stdio'];
  /** Connected socket that gets the terminal's master. */
  consoleSocket?: number;
  size?: { rows: number; columns: number };
  /** Foreground: below a supervisor that holds the terminal and passes signals on. */
  supervise?: boolean;
  /** Background: below a vessel that keeps its terminal or pipes, writes its log and outlives us. */
  vessel?: VesselOptions;
  /** So many descriptors of ours, from 3 on, go along into the program. */
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
  const { dir, lock } = await saved.reserve(options.run, options.id);
  try {
    return await createIn(dir, options);
  } finally {
    lock.release();
  }
}

async function createIn(dir: string, options: CreateOptions): Promise<Container> {
  const { id, bundle } = options;
  const host = hostOf(id, dir, bundle, options);
  let built: Composition | undefined;
  let mounted: Waiting | undefined;
  try {
    const spec = withHomeIn(bundle, sized(options.spec, options.size));
    const composition = (built = compose(options.isolators ?? allIsolators, { spec, mode: 'create', host }));
    saved.saveClaims(dir, id, composition.claims);
    await composition.prepare();
    const at: Composition['at'] = (point, waiting) => {
      if (point === 'mounted') mounted = waiting;
      return composition.at(point, waiting);
    };
    return containerOf(id, await spawnCreated(dir, spec, { ...composition, at }, options, host));
  } catch (error) {
    await undo(built, dir, host, mounted, error);
    throw error;
  }
}

/**
 * What cannot be given back stays on record in the folder, for `doctor --repair`; both failures are told. Whoever was
 * told that the container is being built (hooks, at `mounted`) is told that it has gone, too.
 */
async function undo(
  composition: Composition | undefined,
  dir: string,
  host: Host,
  mounted: Waiting | undefined,
  first: unknown,
): Promise<void> {
  try {
    if (composition) await release(composition.stack, composition.claims, host);
    if (composition && mounted) await reach(composition.stack, composition.claims, 'stopped', mounted);
  } catch (second) {
    throw new AggregateError([first, second], `${(first as Error).message}; then ${(second as Error).message}`);
  }
  saved.forget(dir);
}

/** Lets the program of a created container start. Throws when it cannot be executed, or the container has died. */
export async function start(run: string, id: string, stack: readonly AnyIsolator[] = allIsolators): Promise<void> {
  const state = saved.readState(run, id);
  const dir = saved.stateDir(run, id);
  demand('start', id, statusNow(state, dir));
  const error = startError(await sayGo(dir, id), id, () => recompose(state, dir, stack).steps);
  if (error) throw error;
  // Killed within its execve: a zombie still tells.
  const stat = readStat(state.pid);
  if (stat?.isBeforeExec && stat.startTime === state.startTime) throw killedBeforeExec(id);
  await reachLater('started', state, dir, stack);
}

/** The state as the OCI spec wants it. */
export function state(run: string, id: string): saved.OciState {
  const state = saved.readState(run, id);
  return saved.ociState(state, statusNow(state, saved.stateDir(run, id)));
}

/** States of all containers, oldest first. One whose state cannot be read is a warning. */
export function list(run: string): saved.OciState[] {
  return saved
    .listDirs(run)
    .flatMap((dir) => {
      try {
        const state = saved.readStateIn(dir);
        return state ? [saved.ociState(state, statusNow(state, dir))] : [];
      } catch (error) {
        if (!(error instanceof DrydockError) || error.code !== 'STATE_BROKEN') throw error;
        warn(error.message);
        return [];
      }
    })
    .sort((a, b) => a.created.localeCompare(b.created));
}

/** The spec with the size of the terminal that it will have. */
export function sized(spec: Spec, size: CommonOptions['size']): Spec {
  if (!size) return spec;
  return { ...spec, process: { ...spec.process, consoleSize: { height: size.rows, width: size.columns } } };
}

/** runc tells the program its home, and images rely on it. */
function withHomeIn(bundle: string, spec: Spec): Spec {
  return { ...spec, process: withHome(spec.process, resolve(bundle, spec.root.path)) };
}

/** A vessel looks into its cgroup at the end: whether the kernel has killed for memory. */
function withOom(options: CreateOptions, { claims }: Composition): CreateOptions {
  const { vessel } = options;
  return vessel ? { ...options, vessel: { ...vessel, oom: oomFile(claims.cgroups) } } : options;
}

/** Makes the fifo and the error file, spawns, and closes our copies: only the child may hold them open. */
async function spawnCreated(
  dir: string,
  spec: Spec,
  composition: Composition,
  options: CreateOptions,
  host: Host,
): Promise<Spawned> {
  const { stdio, onStep } = options;
  const created = async (spawned: Spawned): Promise<void> => {
    saved.saveState(dir, stateOf(spawned.pid, options, spec, composition, host));
    await composition.at('created', { ...spawned, spec, host });
  };
  const extra = around(withOom(options, composition), dir, spec.process.terminal);
  let go: ReturnType<typeof makeGo> | undefined;
  try {
    go = makeGo(dir);
    const given = { ...extra.given, ...go };
    return await spawn({ stdio, onStep, created, owner: extra.owner, given, composition, spec, host });
  } finally {
    extra.close();
    Object.values(go ?? {}).forEach((fd) => closeSync(fd));
  }
}

function stateOf(
  pid: number,
  { id, bundle }: CreateOptions,
  spec: Spec,
  { stack }: Composition,
  { preserveFds, consoleSocket }: Host,
): saved.SavedState {
  return {
    id,
    pid,
    bundle,
    annotations: spec.annotations,
    created: new Date().toISOString(),
    owner: process.getuid?.() ?? 0,
    startTime: String(readStat(pid)?.startTime ?? 0),
    bootId: saved.bootId(),
    spec,
    stack: stack.map(({ name }) => name),
    preserveFds,
    consoleSocket,
  };
}

export function containerOf(id: string, { pid, reap }: Spawned): Container {
  return { id, pid, wait: () => waitFor(reap) };
}
