/**
 * Its own network devices, addresses, routes, ports and firewall (network namespace, Linux 2.6.29;
 * network_namespaces(7)). A new one has a loopback device that is down, and nothing else.
 *
 * A config may ask for a cable to the host (link.ts). Its two ends are made before the process is there, and named after
 * the container's folder; when the process is born, one end moves to it and becomes `eth0`. The host's end hears one
 * sender only, the container's own address (confine.ts).
 */
import { closeSync, openSync } from 'node:fs';
import { DrydockError } from '../../errors.ts';
import { isSyscallError } from '../../linux/calls.ts';
import { O_CLOEXEC, O_RDONLY } from '../../linux/constants.ts';
import { EEXIST, ENODEV } from '../../linux/errno.ts';
import { withNetlink, type Netlink } from '../../linux/netlink.ts';
import { addAddress, addDefaultRoute, addresses } from '../../network/link/addresses.ts';
import { confine, isWeakened } from '../../network/link/confine.ts';
import { findLink, linkNamed, removeLink, setUp } from '../../network/link/links.ts';
import { isWithin } from '../../network/link/ipv4.ts';
import { makePair, move } from '../../network/link/veth.ts';
import type { Isolator } from '../isolator.ts';
import { claimLink, PREFIX, type LinkClaim } from '../link.ts';
import { isNew, wanted } from '../namespaces.ts';
import { warn } from '../warning.ts';

export const network: Isolator<LinkClaim | null> = {
  name: 'network',
  summary: 'its own network devices, addresses and ports',
  phase: 'names',
  namespaces: (spec) => wanted(spec, 'network'),
  claim: claimLink,
  prepare(claim) {
    if (claim) withNetlink(undefined, (net) => makeHostEnd(net, claim));
  },
  steps(plan, { spec, mode }) {
    if (mode === 'create' && isNew(spec, 'network')) plan.link_up('lo').because('127.0.0.1 answers only when it is up');
  },
  at: {
    born(claim, { proc, spec }) {
      // Whoever is born into a container that runs finds its network as it is.
      if (!claim || !isNew(spec, 'network')) return;
      const namespace = openSync(`${proc}/ns/net`, O_RDONLY | O_CLOEXEC);
      try {
        withNetlink(undefined, (net) => move(net, linkNamed(net, claim.peer).index, namespace, 'eth0'));
      } finally {
        closeSync(namespace);
      }
      withNetlink(`${proc}/ns/net`, (net) => plugIn(net, claim));
    },
  },
  release(claim) {
    if (claim) withNetlink(undefined, (net) => removeHostEnd(net, claim));
  },
};

/** The host's end: made, closed to all but the container, with its address, up. */
function makeHostEnd(net: Netlink, { name, mac, peer, address, gateway }: LinkClaim): void {
  try {
    makePair(net, name, mac, peer);
  } catch (cause) {
    if (!isSyscallError(cause, EEXIST)) throw cause;
    throw inUse(`a network device ${name} exists`, cause);
  }
  const { index } = linkNamed(net, name);
  confine(name);
  if (isWeakened())
    warn('net.ipv4.conf.all.rp_filter is 2: containers with a link could use each other’s addresses; 0 or 1 is safe');
  addAddress(net, { link: index, address: gateway, prefix: PREFIX });
  setUp(net, name);
  // Between the claim and now somebody may have taken the same. Of two who look after they have written, one sees both.
  const other = addresses(net).find((one) => one.link !== index && isWithin(address, one));
  if (other) throw inUse(`${address} lies in ${other.address}/${other.prefix}, which somebody has just taken`);
}

/** The container's end, in its own namespace. The order is the point: a route needs its neighbour, on a device that is up. */
export function plugIn(net: Netlink, claim: LinkClaim): void {
  const { index } = linkNamed(net, 'eth0');
  addAddress(net, { link: index, address: claim.address, prefix: PREFIX });
  setUp(net, 'eth0');
  addDefaultRoute(net, index, claim.gateway);
}

/** With the other end, wherever that is; the kernel may have done it already, because the namespace is gone. */
function removeHostEnd(net: Netlink, { name, mac }: LinkClaim): void {
  const link = findLink(net, name);
  if (link?.mac !== mac) return;
  try {
    removeLink(net, link);
  } catch (error) {
    if (!isSyscallError(error, ENODEV)) throw error;
  }
}

function inUse(what: string, cause?: unknown): DrydockError {
  return new DrydockError('LINK_IN_USE', what, {
    isolator: 'network',
    hint: '`drydock doctor --repair` removes what a crash has left; `ip -d link` shows whose it is',
    cause,
  });
}
