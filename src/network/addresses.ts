/**
 * Which subnet a network gets, and which address a container: pure functions over what is taken.
 *
 * An address is free when no claim has it. So there is no list of free ones that could be wrong after a crash: the lowest
 * that nobody has is the next.
 */
import { DrydockError } from '../errors.ts';
import type { Pool } from './networks.ts';
import { isAddress, maskOf, numberOf, overlap, textOf, type Net } from './link/ipv4.ts';

/** The default bridge's, if it collides with nothing; the same for those of user networks, smaller. */
export const POOLS = {
  bridge: { first: '10.214.0.0', prefix: 16 },
  user: { first: '10.215.0.0', prefix: 24 },
} as const;
const END = '10.255.0.0';

/** `10.1.0.0/16` as a network. Throws NETWORK_INVALID, with the name of the field. */
export function parseSubnet(text: string, field: string): Net {
  const [address, prefix, ...more] = text.split('/');
  const isRight = isAddress(address!) && /^\d{1,2}$/.test(prefix ?? '') && Number(prefix) <= 32 && !more.length;
  if (!isRight) throw invalid(`${field}: "${text}" is no network`, 'an address and a prefix, like "10.1.0.0/16"');
  return { address: textOf(numberOf(address!) & maskOf(Number(prefix))), prefix: Number(prefix) };
}

export const subnetText = ({ address, prefix }: Net): string => `${address}/${prefix}`;

/**
 * The next address of a subnet: the lowest that nobody has. The first and the last are nobody's: they are the network's
 * own name and everybody's at once (RFC 919); undefined when all others are taken.
 */
export function nextAddress(subnet: Net, taken: ReadonlySet<string>): string | undefined {
  const first = numberOf(subnet.address) + 1;
  const count = 2 ** (32 - subnet.prefix) - 2;
  for (let i = 0; i < count; i++) {
    const address = textOf(first + i);
    if (!taken.has(address)) return address;
  }
  return undefined;
}

/** Whether an address may be a container's or the host's: neither the first nor the last of its subnet. */
export function isHostIn(address: string, subnet: Net): boolean {
  const rest = numberOf(address) & ~maskOf(subnet.prefix);
  return overlap({ address, prefix: 32 }, subnet) && rest !== 0 && rest !== ~maskOf(subnet.prefix);
}

/**
 * The first subnet that has nothing in common with those that are taken: of the pools that an administrator has named, else
 * of ours. Throws NETWORK_INVALID.
 */
export function freeSubnet(
  { first, prefix }: { first: string; prefix: number },
  taken: readonly Net[],
  pools: readonly Pool[] = [],
): Net {
  const named = pools.map(({ base, size }) => ({ net: poolNet({ base, size }), size }));
  const found =
    named.length > 0
      ? named.map(({ net, size }) => freeIn(net.address, 2 ** (32 - net.prefix), size, taken)).find(Boolean)
      : freeIn(first, numberOf(END) - numberOf(first), prefix, taken);
  if (found) return found;
  const which = named.length > 0 ? `of default-address-pools` : `from ${first}/${prefix} up to ${END}`;
  throw invalid(
    `all subnets ${which} are taken by other networks or by routes of this machine`,
    'give one that is free: --subnet, and for the default bridge "bip" in daemon.json',
  );
}

function freeIn(first: string, count: number, prefix: number, taken: readonly Net[]): Net | undefined {
  const start = numberOf(first);
  for (let at = start; at < start + count; at += 2 ** (32 - prefix)) {
    const subnet = { address: textOf(at), prefix };
    if (!taken.some((other) => overlap(subnet, other))) return subnet;
  }
  return undefined;
}

/** The whole of a pool. Throws NETWORK_INVALID. */
export function poolNet({ base, size }: Pool): Net {
  const net = parseSubnet(base, 'default-address-pools: base');
  if (Number.isInteger(size) && size >= net.prefix && size <= 30) return net;
  throw invalid(`default-address-pools: size: ${size} is no part of ${base}`, `a prefix from ${net.prefix} to 30`);
}

/** A MAC that follows from the address, so that whoever gets an address again is where its neighbours remember it. */
export function macFor(address: string): string {
  const bytes = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return ['02', '42', ...bytes].join(':');
}

export function invalid(message: string, hint: string): DrydockError {
  return new DrydockError('NETWORK_INVALID', message, { hint });
}
