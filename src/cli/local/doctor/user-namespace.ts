/**
 * Whether we can have a user namespace that is good for something, found out by making one.
 *
 * The clone alone proves nothing: AppArmor's ban lets it pass and takes every capability away inside. So the process
 * that is born there becomes root by its maps and sets a host name of its own, which needs CAP_SYS_ADMIN in there.
 */
import { features } from '../../../linux/features.ts';
import { compose } from '../../../runtime/compose.ts';
import type { Host } from '../../../runtime/isolator.ts';
import { process as program } from '../../../runtime/isolators/process.ts';
import { user } from '../../../runtime/isolators/user.ts';
import { uts } from '../../../runtime/isolators/uts.ts';
import { OCI_VERSION } from '../../../runtime/oci-version.ts';
import { spawn } from '../../../runtime/spawn.ts';
import type { Spec } from '../../../runtime/spec.ts';
import { waitFor } from '../../../runtime/wait.ts';
import { asDrydockError } from '../../errors.ts';

/** undefined when it works, else what refused it. */
export async function refusedUserNamespace(): Promise<string | undefined> {
  const host: Host = {
    id: 'doctor',
    stateDir: '/',
    bundle: '/',
    features: features(),
    privileged: process.getuid?.() === 0,
    preserveFds: 0,
    consoleSocket: false,
  };
  const spec = rootInside(process.getuid!(), process.getgid!());
  try {
    const composition = compose([user, uts, program], { spec, mode: 'exec', host });
    await waitFor((await spawn({ composition, spec, host })).reap);
    return undefined;
  } catch (error) {
    return asDrydockError(error).message;
  }
}

function rootInside(uid: number, gid: number): Spec {
  return {
    ociVersion: OCI_VERSION,
    process: { args: ['true'], cwd: '/', user: { uid: 0, gid: 0 } },
    root: { path: '/' },
    hostname: 'doctor',
    linux: {
      namespaces: [{ type: 'user' }, { type: 'uts' }],
      uidMappings: [{ containerID: 0, hostID: uid, size: 1 }],
      gidMappings: [{ containerID: 0, hostID: gid, size: 1 }],
    },
  };
}
