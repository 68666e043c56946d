/** Addresses of IPv6 as bytes, and back as the shortest text (RFC 4291, RFC 5952). */
import { DrydockError } from '../../errors.ts';

/** The 16 bytes of an address; `::` stands for as many zeros as are missing, and its end may be one of IPv4 (RFC 4291, 2.2). */
export function bytesOf(text: string): Buffer {
  const address = text.includes('.') ? canonical(text) : text;
  const [head, tail] = address
    .split('::')
    .map((part) => (part ? part.split(':').map((group) => parseInt(group, 16)) : []));
  const zeros = new Array<number>(8 - head!.length - (tail?.length ?? 0)).fill(0);
  const bytes = Buffer.alloc(16);
  [...head!, ...(tail ? zeros : []), ...(tail ?? [])].forEach((group, i) => bytes.writeUInt16BE(group, i * 2));
  return bytes;
}

/** The shortest text: the longest run of zeros becomes `::`. The URL parser of the platform knows how. */
export function textOf(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16));
  return canonical(groups.join(':'));
}

/** Whether it stands for one of IPv4, which is its last four bytes: `::ffff:192.0.2.1` (RFC 4291, 2.5.5.2). */
export const isMapped = (bytes: Buffer): boolean => bytes.subarray(0, 12).equals(MAPPED);

const MAPPED = Buffer.from('00000000000000000000ffff', 'hex');

const canonical = (text: string): string => new URL(`http://[${text}]/`).hostname.slice(1, -1);

// node:net has isIPv6, and takes longer to load than all of the runtime that it would be in.
const isAddress = (text: string): boolean => /^[\da-f:.]+$/i.test(text) && URL.canParse(`http://[${text}]/`);

/** A subnet, and the address of the host in it. */
export interface Net6 {
  readonly subnet: string;
  readonly gateway: string;
}

/** `fd00:1::/64`, with its first address for the host unless another is given. Throws NETWORK_INVALID. */
export function parseSubnet6(text: string, gateway?: string): Net6 {
  const [address, prefix] = text.split('/');
  if (!isAddress(address!) || !/^\d{1,3}$/.test(prefix ?? '') || Number(prefix) > 112)
    throw new DrydockError('NETWORK_INVALID', `IPAM.Config.Subnet: "${text}" is no network of IPv6`, {
      hint: 'an address and a prefix up to 112, like "fd00:1::/64"',
    });
  const bytes = masked(bytesOf(address!), Number(prefix));
  return { subnet: `${textOf(bytes)}/${prefix}`, gateway: gateway ?? nth(`${textOf(bytes)}/${prefix}`, 1) };
}

/** Whether an address is one of a subnet's. */
export function isIn(address: string, subnet: string): boolean {
  const [net, prefix] = subnet.split('/');
  return masked(bytesOf(address), Number(prefix)).equals(bytesOf(net!));
}

/** Whether two subnets have an address in common: then the first address of one lies in the other. */
export const overlap6 = (one: string, other: string): boolean =>
  isIn(one.split('/')[0]!, other) || isIn(other.split('/')[0]!, one);

/** The address with this number in a subnet: the last 16 bits of it. */
export function nth(subnet: string, number: number): string {
  const bytes = bytesOf(subnet.split('/')[0]!);
  bytes.writeUInt16BE(number, 14);
  return textOf(bytes);
}

function masked(bytes: Buffer, prefix: number): Buffer {
  return Buffer.from(bytes.map((byte, i) => byte & maskByte(prefix - i * 8)));
}

/** A byte of a mask, of which so many bits are left. */
export const maskByte = (bits: number): number => (0xff00 >> Math.max(0, Math.min(8, bits))) & 0xff;
