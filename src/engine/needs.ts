/**
 * Who has to run before another can start: those whose namespaces it joins (`--network container:X`, `--pid`, `--ipc`), and
 * those of the default bridge that it is linked to, whose addresses stand in its hosts(5).
 *
 * Nobody minds while people start them one after the other. But restart policies start many at once: when an engine opens,
 * they go in the order of their need, and of two that have ended together the one waits for the other.
 */
import { parseLink } from '../network/links.ts';
import { modeOf, otherOf } from '../network/mode.ts';
import type { Container } from './container.ts';
import type { Containers } from './containers.ts';
import type { ContainerRecord } from './types.ts';

/** Newest first, as `containers` has them, but each behind those that it needs. */
export function inOrderOfNeed(containers: Containers): Container[] {
  const ordered = new Set<Container>();
  const looked = new Set<Container>(); // of two that need each other neither can run, and any order will do
  const add = (container: Container): void => {
    if (looked.has(container)) return;
    looked.add(container);
    needsOf(containers, container.record).forEach(add);
    ordered.add(container);
  };
  containers.all().forEach(add);
  return [...ordered];
}

/** Waits for those that are about to be started again. The others run, or it cannot start. */
export async function needsAreMet(containers: Containers, record: ContainerRecord): Promise<void> {
  for (const other of needsOf(containers, record)) {
    // Its end may have come at the same moment as ours, and be in the midst of being seen to.
    await other.alone(() => undefined);
    if (other.record.State.Restarting) await Promise.race([other.next('started'), other.next('stopped')]);
  }
}

function needsOf(containers: Containers, record: ContainerRecord): Container[] {
  try {
    return namesNeeded(record).flatMap((name) => containers.get(name) ?? []);
  } catch {
    // A name that could be several, a link that is none, what an editor has left in the record: whoever starts it is told.
    return [];
  }
}

function namesNeeded(record: ContainerRecord): string[] {
  const { NetworkMode, PidMode, IpcMode, UTSMode, CgroupnsMode, Links } = record.HostConfig;
  const modes = [NetworkMode, PidMode, IpcMode, UTSMode, CgroupnsMode];
  const joined = modes.flatMap((mode) => otherOf(mode) ?? []);
  const links = modeOf(record) === 'bridge' ? (Links ?? []) : [];
  return [...joined, ...links.map((link) => parseLink(link).name)];
}
