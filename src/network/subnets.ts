/** Which subnets are taken on this machine: by networks of ours, and by whatever it has an address in or a route to. */
import { withNetlink } from '../linux/netlink.ts';
import { parseSubnet } from './addresses.ts';
import { addresses, routes } from './link/addresses.ts';
import { overlap, type Net } from './link/ipv4.ts';
import { findLink, links } from './link/links.ts';
import type { BridgeFacts, Networks } from './networks.ts';

/** What no new network may overlap. */
export function takenSubnets({ byId }: Networks): Net[] {
  const known = [...byId.values()].flatMap(({ bridge }) => (bridge ? [parseSubnet(bridge.subnet, 'subnet')] : []));
  return [...known, ...machineSubnets()];
}

/** A subnet that the machine reaches, and by which device; by none, where it only refuses what is for there. */
interface Reached extends Net {
  readonly device: string | undefined;
}

/** Those of the machine; not what it has because of the device `except`. */
function machineSubnets(except?: string): Reached[] {
  return withNetlink(undefined, (net) => {
    const own = except === undefined ? undefined : findLink(net, except)?.index;
    const names = new Map(links(net).map(({ index, name }) => [index, name]));
    const reached = routes(net).filter(({ to }) => to !== 'default');
    return [...reached.map(({ to, link }) => ({ ...parseSubnet(to, 'route'), link })), ...addresses(net)]
      .filter(({ link }) => own === undefined || link !== own)
      .map(({ address, prefix, link }) => ({ address, prefix, device: names.get(link!) }));
  });
}

/** By which other way the machine comes to the subnet of a bridge: a VPN, Docker. */
export function otherWay({ device, subnet }: BridgeFacts): Reached | undefined {
  const own = parseSubnet(subnet, 'subnet');
  return machineSubnets(device).find((other) => overlap(own, other));
}

/** `10.9.0.0/24 of eth1`. */
export const wayText = ({ address, prefix, device }: Reached): string =>
  `${address}/${prefix}${device === undefined ? '' : ` of ${device}`}`;
