/**
 * A bridge: a switch inside the kernel, whose ports are network devices (bridge(8), IFLA_MASTER in rtnetlink(7)).
 *
 * The host has a port of its own in it, the device of the bridge itself, with an address like any other. Left alone, a
 * bridge takes the lowest MAC of its ports, and another one when that port goes: then every neighbour's ARP cache is wrong
 * for a minute. So it gets one of its own at birth.
 */
import { attribute, named, nested, numbered, NLM_F_CREATE, NLM_F_EXCL, type Netlink } from '../../linux/netlink.ts';
import { IFF_UP, IFLA_ADDRESS, IFLA_IFNAME, IFLA_MASTER, IFLA_MTU, linkHeader, macBytes } from './links.ts';
import { IFLA_INFO_DATA, IFLA_INFO_KIND, IFLA_LINKINFO, IFLA_NET_NS_FD, VETH_INFO_PEER } from './veth.ts';

const IFLA_AF_SPEC = 26;
const IFLA_INFO_SLAVE_KIND = 4;
const IFLA_INFO_SLAVE_DATA = 5;
const IFLA_BRPORT_MODE = 4;
const AF_INET6 = 10;
const IFLA_INET6_ADDR_GEN_MODE = 8;
const IN6_ADDR_GEN_MODE_NONE = 1;

/** Makes a bridge. Throws SYSCALL, EEXIST when a device has its name. */
export function makeBridge(net: Netlink, name: string, mac: string, mtu?: number | null): void {
  const kind = nested(IFLA_LINKINFO, named(IFLA_INFO_KIND, 'bridge'));
  const attributes = [named(IFLA_IFNAME, name), attribute(IFLA_ADDRESS, macBytes(mac)), ...mtuOf(mtu), kind];
  net.request('RTM_NEWLINK', NLM_F_CREATE | NLM_F_EXCL, linkHeader(), ...attributes);
}

/** A cable from a bridge into a container. */
export interface Cable {
  /** The host's end. */
  readonly link: string;
  /** The end inside. */
  readonly device: string;
  readonly mac: string;
  readonly mtu: number | null;
}

/**
 * Makes a cable whose one end is plugged in and up, and whose other end is born in the namespace that `namespace` is a
 * descriptor of: in one message, so that nothing half made is ever seen. Throws SYSCALL, EEXIST for a name.
 */
export function plugCable(net: Netlink, bridge: number, { link, device, mac, mtu }: Cable, namespace: number): void {
  const inside = [
    named(IFLA_IFNAME, device),
    attribute(IFLA_ADDRESS, macBytes(mac)),
    numbered(IFLA_NET_NS_FD, namespace),
    ...mtuOf(mtu),
  ];
  net.request(
    'RTM_NEWLINK',
    NLM_F_CREATE | NLM_F_EXCL,
    linkHeader(0, IFF_UP, IFF_UP),
    named(IFLA_IFNAME, link),
    numbered(IFLA_MASTER, bridge),
    ...mtuOf(mtu),
    nested(
      IFLA_LINKINFO,
      named(IFLA_INFO_KIND, 'veth'),
      nested(IFLA_INFO_DATA, nested(VETH_INFO_PEER, linkHeader(), ...inside)),
    ),
  );
}

/** A device gives itself no address of IPv6 (Linux 3.17). Before it is set up: it would have one by then. */
export function withoutOwnAddress(net: Netlink, index: number): void {
  const mode = attribute(IFLA_INET6_ADDR_GEN_MODE, Buffer.from([IN6_ADDR_GEN_MODE_NONE]));
  net.request('RTM_NEWLINK', 0, linkHeader(index), nested(IFLA_AF_SPEC, nested(AF_INET6, mode)));
}

/**
 * A port of a bridge may send a frame back to where it came from. A container that speaks to its own published port needs
 * that where bridged frames pass the firewall (br_netfilter): readdressed, they are bridged and not routed.
 */
export function allowHairpin(net: Netlink, link: string): void {
  const mode = attribute(IFLA_BRPORT_MODE, Buffer.from([1]));
  const info = nested(IFLA_LINKINFO, named(IFLA_INFO_SLAVE_KIND, 'bridge'), nested(IFLA_INFO_SLAVE_DATA, mode));
  net.request('RTM_NEWLINK', 0, linkHeader(), named(IFLA_IFNAME, link), info);
}

const mtuOf = (mtu: number | null | undefined): Buffer[] => (mtu ? [numbered(IFLA_MTU, mtu)] : []);
