/**
 * A further process in a container: the same path as create, with the container's namespaces joined instead of made.
 *
 * Everything that leads into the container is opened through one held directory /proc/PID: a container that ends
 * meanwhile, and whose number somebody else gets, is an error and never somebody else's namespaces.
 */
import { closeSync, openSync } from 'node:fs';
import { O_CLOEXEC, O_DIRECTORY, O_PATH } from '../linux/constants.ts';
import type { HeldProcess } from '../linux/process.ts';
import { around } from './around.ts';
import { compose } from './compose.ts';
import { containerOf, sized, type CommonOptions, type Container } from './container.ts';
import { hostOf, ownStack, statusNow } from './existing.ts';
import { isolators as allIsolators } from './isolators/index.ts';
import { demand, statusOf, wrongState } from './lifecycle.ts';
import { procName } from './namespaces.ts';
import { withHome } from './passwd.ts';
import type { Process, Spec } from './spec.ts';
import { spawn } from './spawn.ts';
import * as saved from './state.ts';

export interface ExecOptions extends CommonOptions {
  process: Process;
  /** Also into a paused container, where it waits until that goes on. */
  ignorePaused?: boolean;
}

/**
 * Starts a further process in a created or running container. Resolves when its program has been executed.
 *
 * @throws NO_SUCH_CONTAINER, WRONG_STATE, and whatever a step or the program's look-up gives.
 */
export async function exec(run: string, id: string, options: ExecOptions): Promise<Container> {
  const state = saved.readState(run, id);
  const dir = saved.stateDir(run, id);
  demand('exec', id, options.ignorePaused ? statusOf(state) : statusNow(state, dir));
  const first = saved.holdFirst(state);
  if (!first) throw wrongState('exec', id, 'stopped');
  try {
    return await execBeside(first, state, dir, options);
  } catch (error) {
    // Whatever cannot be done in a container that ends meanwhile fails for that reason.
    throw statusOf(state) === 'stopped' ? wrongState('exec', id, 'stopped') : error;
  } finally {
    first.close();
  }
}

async function execBeside(
  first: HeldProcess,
  state: saved.SavedState,
  dir: string,
  options: ExecOptions,
): Promise<Container> {
  const { stdio, onStep, size } = options;
  const stack = ownStack(state, options.isolators ?? allIsolators);
  const host = { ...hostOf(state.id, dir, state.bundle, options), target: state.pid };
  const own = withHome(inherited(options.process, state.spec.process), `${first.path}/root`);
  const spec = sized({ ...joining(state.spec, first.path), process: own }, size);
  const claims = saved.readClaims(dir)?.claims;
  const composition = compose(stack, { spec, mode: 'exec', host, claims });
  // The file `exit` in the container's folder is about its first process, not about this one.
  const extra = around(options, options.vessel && dir, own.terminal);
  let root: number | undefined;
  try {
    root = openSync(`${first.path}/root`, O_PATH | O_DIRECTORY | O_CLOEXEC);
    const given = { ...extra.given, root };
    const spawned = await spawn({ stdio, onStep, owner: extra.owner, given, composition, spec, host });
    return containerOf(state.id, spawned);
  } finally {
    extra.close();
    if (root !== undefined) closeSync(root);
  }
}

/**
 * What a process of an exec says nothing of, it has as the container's own process has it, as with runc: it must be no
 * freer than that one, nor have what is left over of ours.
 */
function inherited(process: Process, own: Process): Process {
  const { capabilities, noNewPrivileges, rlimits, oomScoreAdj, scheduler, ioPriority } = own;
  return {
    ...{ capabilities, noNewPrivileges, rlimits, oomScoreAdj, scheduler, ioPriority },
    ...process,
    apparmorProfile: process.apparmorProfile || own.apparmorProfile,
    selinuxLabel: process.selinuxLabel || own.selinuxLabel,
  };
}

/** The spec with the namespaces of a process in place of new ones; `proc` stands for its /proc/PID. */
export function joining(spec: Spec, proc: string): Spec {
  const namespaces = spec.linux?.namespaces?.map(({ type }) => ({ type, path: `${proc}/ns/${procName[type]}` }));
  return { ...spec, linux: { ...spec.linux, namespaces } };
}
