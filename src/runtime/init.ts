/**
 * `--init`: a PID 1 that does its duties, put in front of a program that does not know of them.
 *
 * addon/init/drydock-init.c is bound into the container where Docker has its own (`/sbin/docker-init`), and starts the
 * program as its child.
 */
import { join } from 'node:path';
import { projectHome } from '../linux/native.ts';
import type { Spec } from './spec.ts';

const INSIDE = '/sbin/docker-init';

const ownInit = (): string => join(projectHome(), 'build/Release/drydock-init');

/** Whether its first process is drydock-init: another one, Docker's or a learner's, may expect other things of who starts it. */
export function hasOwnInit({ process, mounts = [] }: Pick<Spec, 'process' | 'mounts'>): boolean {
  const isOwn = ({ destination, source }: NonNullable<Spec['mounts']>[number]): boolean =>
    destination === INSIDE && source === ownInit();
  return process.args[0] === INSIDE && mounts.some(isOwn);
}

/** The spec with an init in front of its program; `binary` is a static program on the host. */
export function withInit(spec: Spec, binary = ownInit()): Spec {
  const mount = {
    destination: INSIDE,
    type: 'bind',
    source: binary,
    options: ['bind', 'ro', 'nosuid', 'nodev'],
  };
  return {
    ...spec,
    process: { ...spec.process, args: [INSIDE, '--', ...spec.process.args] },
    mounts: [...(spec.mounts ?? []), mount],
  };
}
