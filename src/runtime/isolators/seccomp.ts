/**
 * Which system calls the program may make (seccomp(2), Linux 3.5; the listener 5.0).
 *
 * A filter that is loaded without no_new_privs needs CAP_SYS_ADMIN, so it comes before the privileges go, and must allow
 * the calls that take them. With no_new_privs it is the very last thing before execve, and need not allow more than that.
 * One with a listener comes before the container waits for its start: somebody has to take the listener's descriptor.
 */
import { closeSync } from 'node:fs';
import { DrydockError } from '../../errors.ts';
import { native } from '../../linux/native.ts';
import type { Isolator, Waiting } from '../isolator.ts';
import { OCI_VERSION } from '../oci-version.ts';
import { slot } from '../plan.ts';
import { compiled, notifies } from '../seccomp.ts';

/** As the OCI spec names it in the message to the listener. */
const LISTENER = 'seccompFd';

export const seccomp: Isolator = {
  name: 'seccomp',
  summary: 'only some system calls',
  phase({ process, spec }) {
    if (!process.noNewPrivileges) return 'filter-early';
    return notifies(spec.linux?.seccomp) ? 'notify' : 'filter-late';
  },
  claim({ linux }, { features }) {
    if (!linux?.seccomp) return null;
    compiled(linux.seccomp);
    if (notifies(linux.seccomp) && !features.seccompListener)
      throw new DrydockError('UNSUPPORTED', 'linux.seccomp: SCMP_ACT_NOTIFY needs Linux 5.0', { isolator: 'seccomp' });
    return null;
  },
  steps(plan, { spec, process }) {
    const profile = spec.linux?.seccomp;
    if (!profile) return;
    const { filter, flags, welcome } = compiled(profile);
    const loaded = plan
      .seccomp(filter, flags, welcome)
      .because(process.noNewPrivileges ? 'the last moment' : 'while we may: the next phase drops CAP_SYS_ADMIN');
    if (!notifies(profile)) return;
    loaded.into(LISTENER);
    plan.send_fd(null, slot(LISTENER), LISTENER).because('who answers for these calls is outside');
    plan.sync('filtered').because('until it is handed over');
  },
  at: {
    filtered(_claim, waiting) {
      const listener = waiting.fds.get(LISTENER);
      if (listener === undefined)
        throw new DrydockError('INTERNAL', 'the child has sent no listener', { isolator: 'seccomp' });
      waiting.fds.delete(LISTENER);
      try {
        handOver(listener, waiting);
      } finally {
        closeSync(listener);
      }
    },
  },
};

/** The message of the OCI spec (config-linux.md, "The Container Process State"). */
function handOver(listener: number, { pid, spec, host }: Waiting): void {
  const { listenerPath, listenerMetadata } = spec.linux!.seccomp!;
  const { id, bundle, target } = host;
  const status = target === undefined ? 'creating' : 'running';
  const state = { ociVersion: OCI_VERSION, id, status, pid: target ?? pid, bundle, annotations: spec.annotations };
  const message = { ociVersion: OCI_VERSION, fds: [LISTENER], pid, metadata: listenerMetadata, state };
  const socket = native.connectUnix(listenerPath!);
  try {
    native.send(socket, JSON.stringify(message), [listener]);
  } finally {
    closeSync(socket);
  }
}
