/**
 * Other limits for a container that exists: written to its cgroups, all or none, and saved for whoever asks later.
 *
 * A hierarchy of v1 that the container has not joined, because no limit asked for it, is joined now.
 */
import { limitsV1 } from './cgroup-limits.ts';
import { writeDevices, writeLimits } from './cgroup-setup.ts';
import { joinCgroup, processesIn } from './cgroupfs.ts';
import { hostOf, noCgroups } from './existing.ts';
import { claimMore, directoriesOf, makeReady, placeOf } from './isolators/cgroups.ts';
import { demand, statusOf } from './lifecycle.ts';
import { lockFolder } from '../linux/lock.ts';
import type { Resources } from './resources.ts';
import * as saved from './state.ts';

/** Changes the limits that `resources` names, and leaves the others. Throws NO_SUCH_CONTAINER, WRONG_STATE, SYSCALL. */
export async function update(run: string, id: string, resources: Resources): Promise<void> {
  const dir = saved.stateDir(run, id);
  const lock = await lockFolder(dir, 'creating or removing the container');
  try {
    const state = saved.readState(run, id);
    demand('update', id, statusOf(state));
    const place = placeOf(joinMissing(dir, state, resources));
    writeLimits(place, resources);
    const { features } = hostOf(id, dir, state.bundle);
    if (resources.devices) writeDevices(place, resources.devices, features.cgroupDeviceProgram);
    const { linux } = state.spec;
    const spec = { ...state.spec, linux: { ...linux, resources: merged(linux?.resources ?? {}, resources) } };
    saved.saveState(dir, { ...state, spec });
  } finally {
    lock?.release();
  }
}

function joinMissing(dir: string, { id, spec }: saved.SavedState, resources: Resources): unknown {
  const { claims = {} } = saved.readClaims(dir) ?? {};
  if (directoriesOf(claims.cgroups).length === 0) throw noCgroups('update', id);
  const more = claimMore(claims.cgroups, limitsV1(resources), spec, id);
  if (Object.keys(more).length === 0) return claims.cgroups;
  const all = { ...(claims.cgroups as object), ...more };
  saved.saveClaims(dir, id, { ...claims, cgroups: all });
  makeReady(more);
  const [known] = directoriesOf(claims.cgroups);
  for (const directory of directoriesOf(more)) moveAll(known!, directory);
  return all;
}

// What forks while it is moved is moved in the next round.
function moveAll(from: string, to: string): void {
  for (;;) {
    const there = new Set(processesIn(to));
    const left = processesIn(from).filter((pid) => !there.has(pid));
    if (left.length === 0) return;
    for (const pid of left) joinCgroup(to, pid);
  }
}

/** What the newer one says counts; sections are merged, lists are replaced. */
function merged<T>(older: T, newer: T): T {
  if (!isSection(older) || !isSection(newer)) return newer === undefined ? older : newer;
  const names = new Set([...Object.keys(older), ...Object.keys(newer)]);
  return Object.fromEntries([...names].map((name) => [name, merged(older[name], newer[name])])) as T;
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
