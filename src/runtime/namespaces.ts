/**
 * The eight namespaces of Linux, and how a container comes by each (namespaces(7), clone(2)).
 *
 * Most are made by the clone itself. Two are not: the cgroup namespace takes the cgroup that the process is in at that
 * moment as its root, so it is made after the process was moved; the time namespace must have its offsets before the
 * first process enters it.
 */
import {
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
} from '../linux/constants.ts';
import type { Namespace, NamespaceType } from './isolator.ts';
import type { Spec } from './spec.ts';

export const cloneFlag: Readonly<Record<NamespaceType, number>> = {
  mount: CLONE_NEWNS,
  uts: CLONE_NEWUTS,
  ipc: CLONE_NEWIPC,
  pid: CLONE_NEWPID,
  network: CLONE_NEWNET,
  user: CLONE_NEWUSER,
  cgroup: CLONE_NEWCGROUP,
  time: CLONE_NEWTIME,
};

/** Name of the file below /proc/PID/ns. */
export const procName: Readonly<Record<NamespaceType, string>> = {
  mount: 'mnt',
  uts: 'uts',
  ipc: 'ipc',
  pid: 'pid',
  network: 'net',
  user: 'user',
  cgroup: 'cgroup',
  time: 'time',
};

/**
 * The namespace of this type that the spec asks for, if any: joined when it has a path, else new. For an exec, compose's
 * caller has put the running container's paths into the spec, so that this is the one answer for both.
 */
export function wanted(spec: Spec, type: NamespaceType): Namespace[] {
  const asked = spec.linux?.namespaces?.find((namespace) => namespace.type === type);
  if (!asked) return [];
  if (asked.path) return [{ type, how: 'join', path: asked.path }];
  return [{ type, how: type === 'cgroup' || type === 'time' ? 'unshare' : 'clone' }];
}

/** Whether the spec asks for a new namespace of this type. */
export function isNew(spec: Spec, type: NamespaceType): boolean {
  return wanted(spec, type).some((namespace) => namespace.how !== 'join');
}
