/**
 * Addresses and routes, as rtnetlink(7) knows them: struct ifaddrmsg and struct rtmsg, then attributes. Both families can
 * be given; what is listed is that of IPv4.
 *
 * An address with a prefix brings a route to its neighbours with it. Whoever is further away is reached by the default
 * route, whose gateway has to be such a neighbour, on a device that is up.
 */
import { bytesOf } from './ipv6.ts';
import { attribute, attributesIn, numbered, NLM_F_CREATE, NLM_F_EXCL, type Netlink } from '../../linux/netlink.ts';

const AF_INET = 2;
const AF_INET6 = 10;
/** Of IPv6: usable at once. Nobody else can have it, because we have given it. */
const IFA_F_NODAD = 0x02;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_BROADCAST = 4;
const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RT_TABLE_MAIN = 254;
const RTPROT_BOOT = 3;
const RTN_UNICAST = 1;
const ADDRESS_INFO = 8;
const ROUTE_INFO = 12;

export interface Address {
  /** Number of the device. */
  readonly link: number;
  readonly address: string;
  readonly prefix: number;
}

export interface Route {
  readonly link: number | undefined;
  /** `default`, or an address with its prefix. */
  readonly to: string;
  readonly gateway: string | undefined;
}

/** Gives an address to a device, and with it the one by which all of its network are reached. */
export function addAddress(net: Netlink, { link, address, prefix }: Address): void {
  const bytes = addressBytes(address);
  const header = addressHeader(prefix, link, familyOf(address));
  const flags = NLM_F_CREATE | NLM_F_EXCL;
  const all = bytes.length === 4 && prefix <= 30 ? [attribute(IFA_BROADCAST, lastOf(bytes, prefix))] : [];
  net.request('RTM_NEWADDR', flags, header, attribute(IFA_LOCAL, bytes), attribute(IFA_ADDRESS, bytes), ...all);
}

/** The last address of a network of IPv4 (RFC 919). One of two addresses has none (RFC 3021). */
function lastOf(address: Buffer, prefix: number): Buffer {
  const last = Buffer.alloc(4);
  last.writeUInt32BE((address.readUInt32BE(0) | (0xffffffff >>> prefix)) >>> 0);
  return last;
}

/** Sends everything that nobody nearer takes to a gateway. */
export function addDefaultRoute(net: Netlink, link: number, gateway: string): void {
  const via = [attribute(RTA_GATEWAY, addressBytes(gateway)), numbered(RTA_OIF, link)];
  net.request('RTM_NEWROUTE', NLM_F_CREATE | NLM_F_EXCL, routeHeader(familyOf(gateway)), ...via);
}

/** All addresses of a namespace. */
export function addresses(net: Netlink): Address[] {
  return net.dump('RTM_GETADDR', addressHeader(0, 0, AF_INET)).map((entry) => ({
    link: entry.readUInt32LE(4),
    address: addressText(attributesIn(entry.subarray(ADDRESS_INFO)).get(IFA_LOCAL)!),
    prefix: entry[1]!,
  }));
}

/** The routes that somebody could have written: those of the main table. */
export function routes(net: Netlink): Route[] {
  return net
    .dump('RTM_GETROUTE', routeHeader(AF_INET))
    .filter((entry) => entry[0] === AF_INET && entry[4] === RT_TABLE_MAIN)
    .map((entry) => {
      const attributes = attributesIn(entry.subarray(ROUTE_INFO));
      const [to, gateway] = [attributes.get(RTA_DST), attributes.get(RTA_GATEWAY)];
      return {
        link: attributes.get(RTA_OIF)?.readUInt32LE(0),
        to: to ? `${addressText(to)}/${entry[1]}` : 'default',
        gateway: gateway && addressText(gateway),
      };
    });
}

/** struct ifaddrmsg. */
function addressHeader(prefix: number, link: number, family: number): Buffer {
  const bytes = Buffer.alloc(ADDRESS_INFO);
  bytes[0] = family;
  bytes[1] = prefix;
  if (family === AF_INET6) bytes[2] = IFA_F_NODAD;
  bytes.writeUInt32LE(link, 4);
  return bytes;
}

/** struct rtmsg. A destination of no bits is every destination. */
function routeHeader(family: number): Buffer {
  const bytes = Buffer.alloc(ROUTE_INFO);
  bytes[0] = family;
  bytes[4] = RT_TABLE_MAIN;
  bytes[5] = RTPROT_BOOT;
  bytes[7] = RTN_UNICAST;
  return bytes;
}

const isSix = (address: string): boolean => address.includes(':');

const familyOf = (address: string): number => (isSix(address) ? AF_INET6 : AF_INET);

const addressBytes = (text: string): Buffer => (isSix(text) ? bytesOf(text) : Buffer.from(text.split('.').map(Number)));

const addressText = (bytes: Buffer): string => [...bytes].join('.');
