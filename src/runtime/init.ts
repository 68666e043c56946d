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

/** Whether these are the words of a program behind an init of ours. */
export const isInit = ([program, dashes]: readonly string[]): boolean => program === INSIDE && dashes === '--';

/** The spec with an init in front of its program; `binary` is a static program on the host. */
export function withInit(spec: Spec, binary = join(projectHome(), 'build/Release/drydock-init')): Spec {
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
