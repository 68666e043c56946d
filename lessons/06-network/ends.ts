/** The host's end of a container's cable, as the kernel knows it: the other end of its eth0. */
import { withNetlink } from '../../src/linux/netlink.ts';
import { addresses } from '../../src/network/link/addresses.ts';
import { linkNamed, links, type Link } from '../../src/network/link/links.ts';

/** The device in our namespace that is the other end. */
export function hostEnd(pid: number): Link {
  const { peer } = withNetlink(`/proc/${pid}/ns/net`, (net) => linkNamed(net, 'eth0'));
  return withNetlink(undefined, links).find(({ index }) => index === peer)!;
}

/** The address of a container's eth0. */
export function addressOf(pid: number): string {
  return withNetlink(`/proc/${pid}/ns/net`, (net) => {
    const { index } = linkNamed(net, 'eth0');
    return addresses(net).find(({ link }) => link === index)!.address;
  });
}
