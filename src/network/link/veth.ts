/**
 * A pair of network devices: what goes into one comes out of the other (veth(4)).
 *
 * The two may be in different network namespaces, and so a pair is the cable between a container and its host. Both ends
 * are born in one namespace; then one of them moves. Moving takes its addresses and routes away and sets it down, so
 * those come afterwards. If one end is removed, by hand or with its namespace, the other goes with it.
 */
import { attribute, named, nested, numbered, NLM_F_CREATE, NLM_F_EXCL, type Netlink } from '../../linux/netlink.ts';
import { IFLA_ADDRESS, IFLA_IFNAME, linkHeader, macBytes } from './links.ts';

export const IFLA_LINKINFO = 18;
export const IFLA_NET_NS_FD = 28;
export const IFLA_INFO_KIND = 1;
export const IFLA_INFO_DATA = 2;
export const VETH_INFO_PEER = 1;

/** Makes both ends, in the namespace of the conversation; `mac` is the first one's. Throws SYSCALL, EEXIST for a name. */
export function makePair(net: Netlink, name: string, mac: string, peer: string): void {
  const other = nested(VETH_INFO_PEER, linkHeader(), named(IFLA_IFNAME, peer));
  net.request(
    'RTM_NEWLINK',
    NLM_F_CREATE | NLM_F_EXCL,
    linkHeader(),
    named(IFLA_IFNAME, name),
    attribute(IFLA_ADDRESS, macBytes(mac)),
    nested(IFLA_LINKINFO, named(IFLA_INFO_KIND, 'veth'), nested(IFLA_INFO_DATA, other)),
  );
}

/** Moves a device into another namespace, which `namespace` is a descriptor of, and calls it `name` there. */
export function move(net: Netlink, index: number, namespace: number, name: string): void {
  net.request('RTM_NEWLINK', 0, linkHeader(index), numbered(IFLA_NET_NS_FD, namespace), named(IFLA_IFNAME, name));
}
