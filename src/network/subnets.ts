/** Which subnets are taken on this machine: by networks of ours, and by whatever it has an address in or a route to. */
import { withNetlink } from '../linux/netlink.ts';
import { parseSubnet } from './addresses.ts';
import { addresses, routes } from './link/addresses.ts';
import type { Net } from './link/ipv4.ts';
import { findLink } from './link/links.ts';
import type { Networks } from './networks.ts';

/** What no new network may overlap. */
export function takenSubnets({ byId }: Networks): Net[] {
  const known = [...byId.values()].flatMap(({ bridge }) => (bridge ? [parseSubnet(bridge.subnet, 'subnet')] : []));
  return [...known, ...machineSubnets()];
}

/** Those of the machine; not what it has because of the device `except`. */
export function machineSubnets(except?: string): Net[] {
  return withNetlink(undefined, (net) => {
    const own = except === undefined ? undefined : findLink(net, except)?.index;
    const isOther = ({ link }: { link: number | undefined }): boolean => own === undefined || link !== own;
    const reached = routes(net).filter(({ to }) => to !== 'default');
    return [...reached.filter(isOther).map(({ to }) => parseSubnet(to, 'route')), ...addresses(net).filter(isOther)];
  });
}
