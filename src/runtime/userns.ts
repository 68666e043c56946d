/**
 * A user namespace that nobody lives in, held by a descriptor: the id map of an idmapped mount (mount_setattr(2)).
 *
 * The kernel makes namespaces only for processes. So one is born, gets its maps, has its namespace opened, and is
 * killed before its first step; the open descriptor keeps the namespace.
 */
import { openSync } from 'node:fs';
import { O_CLOEXEC, O_RDONLY } from '../linux/constants.ts';
import { features } from '../linux/features.ts';
import { compose } from './compose.ts';
import type { Isolator } from './isolator.ts';
import { writeMaps } from './isolators/user.ts';
import { OCI_VERSION } from './oci-version.ts';
import { spawn } from './spawn.ts';
import type { Mapping, Spec } from './spec.ts';

/** Makes a user namespace with these maps and gives its descriptor, the caller's to close. */
export async function openUserNamespace(uids: readonly Mapping[], gids: readonly Mapping[]): Promise<number> {
  let namespace: number | undefined;
  const enough = new Error('the namespace is open');
  const carrier: Isolator = {
    name: 'userns',
    summary: 'carries a user namespace',
    phase: 'exec',
    namespaces: () => [{ type: 'user', how: 'clone' }],
    steps: (plan) => void plan.execve(['/nonexistent'], []),
    at: {
      born(_claim, { proc }) {
        writeMaps(proc, uids, gids, true);
        namespace = openSync(`${proc}/ns/user`, O_RDONLY | O_CLOEXEC);
        throw enough;
      },
    },
  };
  const spec: Spec = {
    ociVersion: OCI_VERSION,
    process: { args: ['/nonexistent'], cwd: '/', user: { uid: 0, gid: 0 } },
    root: { path: '/' },
  };
  const host = {
    id: 'userns',
    stateDir: '/',
    bundle: '/',
    features: features(),
    privileged: true,
    preserveFds: 0,
    consoleSocket: false,
  };
  try {
    await spawn({
      composition: compose([carrier], { spec, mode: 'exec', host }),
      spec,
      host,
    });
  } catch (error) {
    if (error !== enough) throw error;
  }
  return namespace!;
}
