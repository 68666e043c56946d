/**
 * Addresses of IPv4 as numbers, so that one can be compared, masked and counted. RFC 4632: a network is an address and how
 * many of its bits all members share.
 */

export interface Net {
  readonly address: string;
  readonly prefix: number;
}

export function isAddress(text: string): boolean {
  return /^(\d{1,3})(\.\d{1,3}){3}$/.test(text) && text.split('.').every((part) => Number(part) <= 255);
}

/** The 32 bits of an address; as JavaScript counts them, half of all addresses are negative. */
export function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0);
}

export function textOf(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}

/** The bits that all members of a network share. */
export function maskOf(prefix: number): number {
  return prefix === 0 ? 0 : -1 << (32 - prefix);
}

/** Whether an address lies in a network. */
export function isWithin(address: string, network: Net): boolean {
  return ((numberOf(address) ^ numberOf(network.address)) & maskOf(network.prefix)) === 0;
}

/** Whether two networks have an address in common: then one of them lies in the other. */
export function overlap(one: Net, other: Net): boolean {
  return one.prefix > other.prefix ? isWithin(one.address, other) : isWithin(other.address, one);
}
