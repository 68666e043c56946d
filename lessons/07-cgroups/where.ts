/**
 * Where a lab container's limits are, and in which version: on a hybrid machine each controller is in one of the two.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabContainer } from '../../src/learn/stage.ts';
import { hierarchies } from '../../src/runtime/cgroupfs.ts';
import { placeOf } from '../../src/runtime/isolators/cgroups.ts';
import { readClaims, stateDir } from '../../src/runtime/state.ts';

export type Version = 1 | 2;

/** The version that has a controller on this machine. */
export function versionOf(controller: string): Version {
  return hierarchies([controller]).some(({ controllers }) => controllers.includes(controller)) ? 1 : 2;
}

/** What a container claims of cgroups. */
export function claimOf({ id }: Pick<LabContainer, 'id'>): unknown {
  const run = process.env.DRYDOCK_RUN ?? '/run/drydock';
  return readClaims(stateDir(run, id))?.claims.cgroups;
}

/** The cgroup of a container that a controller counts in. */
export function cgroupOf(container: Pick<LabContainer, 'id'>, controller: string): string {
  const { controllers, unified } = placeOf(claimOf(container));
  return controllers[controller] ?? unified?.directory ?? '';
}

/** The text of a file in it; undefined where it is not there. */
export function fileOf(container: Pick<LabContainer, 'id'>, file: string): string | undefined {
  const path = join(cgroupOf(container, file.split('.')[0]!), file);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

/** The number behind a name in a text of lines `name number`. */
export function countIn(text: string | undefined, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text ?? '')?.[1] ?? 0);
}
