/**
 * What the first process of a container and those of its execs have in common.
 */
import type { Account } from '../../runtime/account.ts';
import { defaultCapabilities } from '../../runtime/default-spec.ts';
import { fullName, granted, isKnown, ownNames } from '../../runtime/grants.ts';
import { capabilityNames } from '../../linux/capabilities.ts';
import { didYouMean } from '../../nearest.ts';
import { DrydockError } from '../../errors.ts';
import type { ContainerRecord, HostConfig } from '../types.ts';

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What every program finds in its environment; what the container's config says comes over it. HOME is the runtime's part. */
export function baseEnvironment({ Config }: ContainerRecord, terminal: boolean): string[] {
  return [PATH, `HOSTNAME=${Config.Hostname ?? ''}`, ...(terminal ? ['TERM=xterm'] : [])];
}

/**
 * The groups beside the main one, and the main one: whoever has it only as such loses it with the next setgid program, and
 * with it what a file forbids to this group (CVE-2022-36109).
 */
export const groupsOf = ({ gid, additionalGids }: Account): number[] => [...new Set([gid, ...additionalGids])];

/** The capabilities that are within a container's bounds. Throws BAD_USAGE for one that this kernel does not know. */
export function usualCapabilities({ Privileged, CapAdd = [], CapDrop = [] }: HostConfig): string[] {
  demandKnown('CapAdd', CapAdd);
  demandKnown('CapDrop', CapDrop);
  return Privileged ? ownNames() : granted(defaultCapabilities(), CapAdd, CapDrop);
}

/** In Docker's words (moby, oci/caps/utils.go). */
function demandKnown(field: 'CapAdd' | 'CapDrop', asked: readonly string[]): void {
  const unknown = asked.find((one) => !isKnown(one));
  if (unknown === undefined) return;
  const name = fullName(unknown);
  throw new DrydockError('BAD_USAGE', `invalid ${field}: unknown capability: "${name}"`, {
    hint: didYouMean(name, [...capabilityNames]),
  });
}
