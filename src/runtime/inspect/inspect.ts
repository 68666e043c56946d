/**
 * What the kernel says of a running container, isolator by isolator, from outside (procfs(5), cgroups(7)).
 *
 * The container is not asked: nothing is started in it, nothing of it is joined, and it cannot lie. Each isolator has a
 * function here that reads the facts which it is responsible for. They stand beside the isolators and not in them,
 * because a fact is there whether or not the isolator is: `xray` of a container without `pid` shows the host's PID
 * namespace, and says that it is the host's.
 */
import { readlinkSync } from 'node:fs';
import { attempt } from './attempt.ts';
import { cgroupFacts, cgroupNamespaceFacts } from './cgroups.ts';
import { deviceFacts, maskFacts, mountFacts, propagationFacts, readonlyFacts, rootFacts } from './files.ts';
import { capabilityFacts, labelFacts, limitFacts, personalityFacts, seccompFacts } from './limits.ts';
import { networkFacts } from './network.ts';
import { pidFacts, processFacts, terminalFacts, timeFacts, userFacts } from './process.ts';
import { procName } from '../namespaces.ts';
import type { NamespaceType } from '../isolator.ts';

/** A fact: what it is about, and what was read. */
export type Fact = readonly [label: string, value: string];

/** What may be looked at. */
export interface Subject {
  readonly pid: number;
  /** Directories of its cgroups, by hierarchy. */
  readonly cgroups: readonly string[];
}

/** What is known about one isolator's part. */
export interface Inspection {
  readonly isolator: string;
  /** Its namespace, and whether it is one of its own; absent for isolators without. */
  readonly namespace?: { readonly inode: string; readonly isOwn: boolean };
  readonly facts: readonly Fact[];
}

type Reader = (subject: Subject) => Fact[];

/** In the order in which the lessons bring them. */
const readers: readonly (readonly [isolator: string, namespace: NamespaceType | undefined, read: Reader])[] = [
  ['process', undefined, processFacts],
  ['rootfs', undefined, rootFacts],
  ['mounts', 'mount', mountFacts],
  ['propagation', undefined, propagationFacts],
  ['devices', undefined, deviceFacts],
  ['readonly', undefined, readonlyFacts],
  ['masks', undefined, maskFacts],
  ['terminal', undefined, terminalFacts],
  ['uts', 'uts', () => []],
  ['ipc', 'ipc', () => []],
  ['pid', 'pid', pidFacts],
  ['user', 'user', userFacts],
  ['network', 'network', networkFacts],
  ['cgroups', undefined, cgroupFacts],
  ['cgroupns', 'cgroup', cgroupNamespaceFacts],
  ['limits', undefined, limitFacts],
  ['capabilities', undefined, capabilityFacts],
  ['seccomp', undefined, seccompFacts],
  ['time', 'time', timeFacts],
  ['personality', undefined, personalityFacts],
  ['labels', undefined, labelFacts],
];

/** Everything that can be read of a process. What this kernel does not tell is left out. */
export function inspect(subject: Subject): Inspection[] {
  return readers.flatMap(([isolator, type, read]) => {
    const namespace = type && namespaceOf(subject.pid, type);
    const facts = read(subject);
    return namespace || facts.length ? [{ isolator, ...(namespace && { namespace }), facts }] : [];
  });
}

function namespaceOf(pid: number, type: NamespaceType): Inspection['namespace'] {
  const [inode, ours] = [pid, 'self'].map((who) => attempt(() => readlinkSync(`/proc/${who}/ns/${procName[type]}`)));
  return inode === undefined ? undefined : { inode, isOwn: inode !== ours };
}
