/**
 * What demo, checks and attacks of lesson names share: containers with other namespaces than usual, and a program with a
 * message queue, since busybox can list queues and cannot read one.
 */
import { join } from 'node:path';
import { projectHome } from '../../src/linux/native.ts';
import { isolators } from '../../src/runtime/isolators/index.ts';
import type { Spec } from '../../src/runtime/spec.ts';

/** Where it lies on the host (addon/lab/queue.c). */
export const queueProgram = join(projectHome(), 'build/Release/drydock-queue');

/** The spec with the program as `queue`. */
export function withQueue(spec: Spec): Spec {
  const mount = { destination: '/bin/queue', type: 'bind', source: queueProgram, options: ['bind', 'ro'] };
  return { ...spec, mounts: [...(spec.mounts ?? []), mount] };
}

/** The spec with another namespace of one type: joined by its path, new without, none at all for undefined. */
export function withNamespace(spec: Spec, type: 'uts' | 'ipc', asked: { path?: string } | undefined): Spec {
  const others = (spec.linux?.namespaces ?? []).filter((one) => one.type !== type);
  return { ...spec, linux: { ...spec.linux, namespaces: [...others, ...(asked ? [{ type, ...asked }] : [])] } };
}

/** The runtime without this lesson: sysctl writes parameters of both namespaces, and would write the host's. */
export const withoutNames = isolators.filter(({ name }) => !['uts', 'ipc', 'sysctl'].includes(name));
