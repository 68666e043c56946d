/**
 * Whose network a container has (`--net`): `default` and `bridge`, the machine's (`host`), none but loopback (`none`),
 * another container's (`container:ID`), or a network's by name or id.
 */
import type { Attached } from './networks.ts';

/** `bridge` for what is called `default`, or not at all. */
export function modeOf({ HostConfig: { NetworkMode } }: Attached): string {
  return !NetworkMode || NetworkMode === 'default' ? 'bridge' : NetworkMode;
}

export const isHostMode = (record: Attached): boolean => modeOf(record) === 'host';

/** The other container of `container:ID`, by name or id; undefined for every other mode, of the other namespaces as well. */
export const otherOf = (mode = ''): string | undefined => /^container:(.+)$/.exec(mode)?.[1];

/** The container whose network it shares. */
export const sharedWith = (record: Attached): string | undefined => otherOf(modeOf(record));

/** The entry for the OCI spec's `linux.namespaces`; undefined: the machine's, and no entry. */
export function networkNamespace(
  record: Attached,
  pidOf: (container: string) => number,
): { readonly type: 'network'; readonly path?: string } | undefined {
  if (isHostMode(record)) return undefined;
  const other = sharedWith(record);
  return other === undefined ? { type: 'network' } : { type: 'network', path: `/proc/${pidOf(other)}/ns/net` };
}
