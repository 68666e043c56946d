/**
 * A shell in a container that is not finished: the same path as `exec`, with joins instead of new namespaces, but only
 * of those that the half-built process has got already. Before the root has changed it is the host's own shell, in the
 * container's namespaces; afterwards it is the lab's.
 */
import { closeSync, openSync, readlinkSync } from 'node:fs';
import { openFlags } from '../../linux/constants.ts';
import { features } from '../../linux/features.ts';
import { compose } from '../../runtime/compose.ts';
import type { CreateOptions } from '../../runtime/container.ts';
import { isolators as all } from '../../runtime/isolators/index.ts';
import { procName } from '../../runtime/namespaces.ts';
import { spawn } from '../../runtime/spawn.ts';
import type { Spec } from '../../runtime/spec.ts';
import { stateDir } from '../../runtime/state.ts';
import { waitFor } from '../../runtime/wait.ts';

const { O_CLOEXEC, O_DIRECTORY, O_PATH } = openFlags;

/** Isolators that add nothing to a look around, or cannot be joined before the container is finished. */
const leftOut = new Set(['lab', 'terminal', 'cgroups', 'cgroupns', 'time', 'hooks', 'devices']);

/** Runs a shell beside the process until it is left. */
export async function shellInside(
  pid: number,
  { id, run, spec, bundle, isolators = all }: CreateOptions,
): Promise<void> {
  const host = {
    id,
    bundle,
    stateDir: stateDir(run, id),
    features: features(),
    privileged: true,
    target: pid,
    preserveFds: 0,
    consoleSocket: false,
  };
  const joined = joining(spec, pid);
  const process = { ...spec.process, args: ['sh', '-i'], cwd: '/', terminal: false, user: { uid: 0, gid: 0 } };
  const stack = isolators.filter(({ name }) => !leftOut.has(name));
  // Claims nothing: what there is to claim, the container has.
  const composition = compose(stack, { spec: joined, process, mode: 'exec', host, claims: {} });
  const root = openSync(`/proc/${pid}/root`, O_PATH | O_DIRECTORY | O_CLOEXEC);
  try {
    const shell = await spawn({ composition, spec: joined, host, given: { root }, stdio: [0, 1, 2] });
    await waitFor(shell.reap);
  } finally {
    closeSync(root);
  }
}

function joining(spec: Spec, pid: number): Spec {
  const namespaces = spec.linux?.namespaces?.flatMap(({ type }) => {
    const path = `/proc/${pid}/ns/${procName[type]}`;
    const isOwn = readlinkSync(path) !== readlinkSync(`/proc/self/ns/${procName[type]}`);
    return isOwn ? [{ type, path }] : [];
  });
  return { ...spec, linux: { ...spec.linux, namespaces } };
}
