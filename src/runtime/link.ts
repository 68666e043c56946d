/**
 * The cable between a container and its host, as a config asks for it and as it is chosen.
 *
 * The OCI spec has no section for it: runtimes leave it to whoever calls them. Here an annotation asks for it,
 * `org.drydock.link`, and says the container's address, or `auto`. Both ends share a network of two addresses (a /31,
 * RFC 3021), the even one and the odd one: the container has one, the host has the other, and nobody else fits in.
 */
import { basename } from 'node:path';
import { DrydockError } from '../errors.ts';
import { withNetlink, type Netlink } from '../linux/netlink.ts';
import { addresses } from '../network/link/addresses.ts';
import { isAddress, isWithin, numberOf, textOf } from '../network/link/ipv4.ts';
import type { Host } from './isolator.ts';
import { isNew } from './namespaces.ts';
import type { Spec } from './spec.ts';

/** The annotation. */
export const LINK = 'org.drydock.link';

/** Both ends: two addresses, of which one bit is different. */
export const PREFIX = 31;

/** 10.213.0.0/16 has 32,768 such pairs, and no other tool that we know takes it by default. */
const FIRST = (10 << 24) | (213 << 16);
const PAIRS = 1 << 15;

/** Everything of a cable that has to be found again after a crash. */
export type LinkClaim = {
  /** The host's end. */
  readonly name: string;
  /** By it the host's end is told from somebody else's device of that name. */
  readonly mac: string;
  /** The container's end until it has moved. */
  readonly peer: string;
  readonly address: string;
  readonly gateway: string;
};

/** The config, with a cable. */
export function withLink(spec: Spec, address = 'auto'): Spec {
  return { ...spec, annotations: { ...spec.annotations, [LINK]: address } };
}

/** What a container claims for its cable; null for one that has none. Throws SPEC_INVALID, UNSUPPORTED, LINK_IN_USE. */
export function claimLink(spec: Spec, { stateDir, privileged }: Host): LinkClaim | null {
  const asked = spec.annotations?.[LINK];
  if (asked === undefined) return null;
  if (!isNew(spec, 'network'))
    throw refused('SPEC_INVALID', 'needs a network namespace of the container’s own', 'leave out its path');
  if (!privileged)
    throw refused('UNSUPPORTED', 'an ordinary user may change no network but its own', 'start Drydock as root');
  const folder = basename(stateDir);
  const address = withNetlink(undefined, (net) => (asked === 'auto' ? freeAddress(net, folder) : own(net, asked)));
  return { name: `dd${folder}`, mac: randomMac(), peer: `dd${folder}p`, address, gateway: otherEnd(address) };
}

/** The other address of a pair. */
export function otherEnd(address: string): string {
  return textOf(numberOf(address) ^ 1);
}

// The search begins at a place that follows from the container's name, so that two who look at once find two.
function freeAddress(net: Netlink, folder: string): string {
  const taken = addresses(net);
  const start = parseInt(folder.slice(-4), 16);
  for (let i = 0; i < PAIRS; i++) {
    const address = textOf(FIRST | (((start + i) % PAIRS) << 1) | 1);
    if (!taken.some((network) => isWithin(address, network))) return address;
  }
  throw refused('LINK_IN_USE', 'all addresses below 10.213.0.0/16 are taken', 'give one: "10.1.2.3"');
}

function own(net: Netlink, asked: string): string {
  if (!isAddress(asked))
    throw refused('SPEC_INVALID', `"${asked}" is neither "auto" nor an address`, 'give one like "10.1.2.3"');
  const taken = addresses(net).find((network) => isWithin(asked, network));
  if (!taken) return textOf(numberOf(asked));
  const where = `${taken.address}/${taken.prefix}`;
  throw refused('LINK_IN_USE', `${asked} lies in ${where}, which this machine has`, 'give another one, or "auto"');
}

/** Set by hand (its second bit), for one device (its first). */
function randomMac(): string {
  const digits = Math.floor(Math.random() * 2 ** 40)
    .toString(16)
    .padStart(10, '0');
  return `02${digits}`.replace(/..(?=.)/g, '$&:');
}

function refused(code: 'SPEC_INVALID' | 'UNSUPPORTED' | 'LINK_IN_USE', why: string, hint: string): DrydockError {
  return new DrydockError(code, `annotations: ${LINK}: ${why}`, { isolator: 'network', hint });
}
