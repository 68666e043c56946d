/**
 * Its own System V IPC objects and POSIX message queues (IPC namespace, Linux 2.6.19; ipc_namespaces(7)).
 * Without it, `ipcs` in the container lists the host's shared memory, and any root in it may read that.
 */
import type { Isolator } from '../isolator.ts';
import { wanted } from '../namespaces.ts';

export const ipc: Isolator = {
  name: 'ipc',
  summary: 'its own message queues, semaphores and shared memory',
  namespaces: (spec) => wanted(spec, 'ipc'),
};
