/**
 * Network devices, as rtnetlink(7) knows them: struct ifinfomsg, then attributes.
 *
 * A device has a number and a name in one network namespace at a time. In another one, both may be others'.
 */
import { isSyscallError } from '../../linux/calls.ts';
import { ENODEV } from '../../linux/errno.ts';
import { attributesIn, named, textOf, type Netlink } from '../../linux/netlink.ts';

export const IFLA_ADDRESS = 1;
export const IFLA_IFNAME = 3;
export const IFLA_MTU = 4;
const IFLA_LINK = 5;
export const IFLA_MASTER = 10;
const IFLA_IFALIAS = 20;
export const IFF_UP = 1;
const INFO = 16;

export interface Link {
  readonly index: number;
  readonly name: string;
  readonly isUp: boolean;
  /** `02:…`, empty for one without. */
  readonly mac: string;
  /** Of a veth: the number of its other end, in that one's namespace. */
  readonly peer: number | undefined;
  /** Of a port: the number of its bridge. */
  readonly master: number | undefined;
  /** What somebody has written on it, for people and programs (`ip link set … alias`); empty if nobody has. */
  readonly alias: string;
}

/** struct ifinfomsg: which device, by number (0: the attributes say), and which of its flags to change to what. */
export function linkHeader(index = 0, flags = 0, change = 0): Buffer {
  const bytes = Buffer.alloc(INFO);
  bytes.writeInt32LE(index, 4);
  bytes.writeUInt32LE(flags, 8);
  bytes.writeUInt32LE(change, 12);
  return bytes;
}

/** All devices of a namespace. */
export function links(net: Netlink): Link[] {
  return net.dump('RTM_GETLINK', linkHeader()).map(linkIn);
}

/** The device of this name. Throws SYSCALL with ENODEV when there is none. */
export function linkNamed(net: Netlink, name: string): Link {
  return linkIn(net.request('RTM_GETLINK', 0, linkHeader(), named(IFLA_IFNAME, name))[0]!);
}

/** The same, if there is one. */
export function findLink(net: Netlink, name: string): Link | undefined {
  try {
    return linkNamed(net, name);
  } catch (error) {
    if (isSyscallError(error, ENODEV)) return undefined;
    throw error;
  }
}

function linkIn(entry: Buffer): Link {
  const attributes = attributesIn(entry.subarray(INFO));
  return {
    index: entry.readInt32LE(4),
    name: textOf(attributes.get(IFLA_IFNAME)!),
    isUp: (entry.readUInt32LE(8) & IFF_UP) !== 0,
    mac: macText(attributes.get(IFLA_ADDRESS) ?? Buffer.alloc(0)),
    peer: attributes.get(IFLA_LINK)?.readInt32LE(0),
    master: attributes.get(IFLA_MASTER)?.readInt32LE(0),
    alias: textOf(attributes.get(IFLA_IFALIAS) ?? Buffer.alloc(0)),
  };
}

/** Sets a device up: from now on it sends and receives. */
export function setUp(net: Netlink, name: string): void {
  net.request('RTM_NEWLINK', 0, linkHeader(0, IFF_UP, IFF_UP), named(IFLA_IFNAME, name));
}

/** Writes on a device whose it is. */
export function setAlias(net: Netlink, { index }: Link, alias: string): void {
  net.request('RTM_NEWLINK', 0, linkHeader(index), named(IFLA_IFALIAS, alias));
}

/** Removes a device, and with one end of a pair the other, wherever that is. */
export function removeLink(net: Netlink, { index }: Link): void {
  net.request('RTM_DELLINK', 0, linkHeader(index));
}

/** The same by its name, without waiting for whoever changes devices now. Throws SYSCALL with ENODEV when there is none. */
export async function removeLinkLater(net: Netlink, name: string): Promise<void> {
  await net.requestLater('RTM_DELLINK', 0, linkHeader(), named(IFLA_IFNAME, name));
}

export function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replace(/:/g, ''), 'hex');
}

function macText(bytes: Buffer): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
