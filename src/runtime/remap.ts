/**
 * Ids for a container of root's that are nobody's on this machine (user_namespaces(7), subuid(5)).
 *
 * Root may map any ids. Those of an account, or those that /etc/subuid has given to one, would be that account's: its
 * owner could signal the container's processes and open their files. So the container gets the first block that nobody
 * has. All containers of root's share it, as they do in Docker's userns-remap.
 */
import { withUserNamespace, subordinateRanges } from './rootless.ts';
import type { Mapping, Spec } from './spec.ts';

/** Above the ids that accounts have, and where the tools that write /etc/subuid begin. */
const FIRST = 100_000;
/** As many as a file system of 16-bit ids can name. */
const BLOCK = 65_536;

/** The config with a user namespace whose root is nobody outside. */
export function remapped(spec: Spec): Spec {
  return withUserNamespace(spec, [freeBlock('/etc/subuid')], [freeBlock('/etc/subgid')]);
}

/** The first block of host ids that a file like /etc/subuid gives to nobody. */
export function freeBlock(path: string): Mapping {
  const taken = subordinateRanges(path);
  let hostID = FIRST;
  const overlapping = (): boolean =>
    taken.some((range) => range.hostID < hostID + BLOCK && hostID < range.hostID + range.size);
  while (overlapping()) hostID += BLOCK;
  return { containerID: 0, hostID, size: BLOCK };
}

/** The id outside that an id inside is; the same where nothing is mapped, undefined for one that does not exist there. */
export function outsideId(id: number, mappings: readonly Mapping[] | undefined): number | undefined {
  if (!mappings?.length) return id;
  const mapping = mappings.find(({ containerID, size }) => id >= containerID && id < containerID + size);
  return mapping && mapping.hostID + id - mapping.containerID;
}
