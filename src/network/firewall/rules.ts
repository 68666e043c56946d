/**
 * What the firewall is told, in the words of nft(8): pure functions from networks and ports to rules.
 *
 * A packet for a published port comes by these hooks:
 *
 *     from outside  ──▶ raw ──▶ prerouting ──▶ forward ──▶ postrouting ──▶ the container's bridge
 *                       lies?   readdressed    let in?     whose sender?
 *     from the host ──▶ output (readdressed) ───────────▶ postrouting ──▶ the container's bridge
 *     for a relay   ──▶ raw ──▶ input (not from an internal network)
 *
 * The answer needs no rules: the kernel remembers the connection, and undoes on the way back what it did on the way in.
 */
import type { BridgeFacts, PublishedPort } from '../networks.ts';

/** A rule in a chain of our table, in the words of nft(8). */
export interface Rule {
  readonly chain: keyof typeof chains;
  readonly text: string;
}

/** Where the chains of our table hang, in the words of nft(8). Numbers are priorities: lower ones come first. */
export const chains = {
  /** Before anything is readdressed. */
  refused: 'type filter hook output priority -150',
  /** Before the kernel remembers connections: afterwards an answer to 127.0.0.1 would look like a lie. */
  raw: 'type filter hook prerouting priority -300',
  prerouting: 'type nat hook prerouting priority -100',
  output: 'type nat hook output priority -100',
  /** Before any network lets somebody in: who may not go out at all. */
  shut: 'type filter hook forward priority -1',
  forward: 'type filter hook forward priority 0',
  postrouting: 'type nat hook postrouting priority 100',
  /** What is for the machine itself, and so for a relay. */
  input: 'type filter hook input priority 0',
} as const;

/** To an address of this machine. From ::1 no rule leads anywhere; a relay has it, or nobody. */
const everywhere = { ip: 'fib daddr type local', ip6: 'ip6 daddr != ::1 fib daddr type local' } as const;

/** The rules of one published port: whoever speaks to it is led to the container. */
export function portRules(published: PublishedPort, address: string): readonly Rule[] {
  const { hostAddress, protocol, hostPort, port } = published;
  const family = familyOf(hostAddress);
  const to = isAnyAddress(hostAddress) ? everywhere[family] : `${family} daddr ${hostAddress}`;
  const text = `${to} ${protocol} dport ${hostPort} dnat to ${withPort(address, port)}`;
  // Nobody outside may reach what was published on 127.0.0.1, whatever he writes on his packets.
  return isLoopback(hostAddress)
    ? [{ chain: 'output', text }]
    : [
        { chain: 'prerouting', text },
        { chain: 'output', text },
      ];
}

/**
 * What is published on all addresses of IPv6 is not on ::1, for which the kernel takes no answer from a bridge: IPv6 has no
 * route_localnet. Where no relay has it, whoever asks there is refused, and does not wait.
 */
export function refusals({ hostAddress, protocol, hostPort }: PublishedPort): readonly Rule[] {
  if (hostAddress !== '::' || protocol !== 'tcp') return [];
  return [{ chain: 'refused', text: `ip6 daddr ::1 tcp dport ${hostPort} reject with tcp reset` }];
}

/**
 * An internal network reaches no published port, whoever leads it: what is readdressed is stopped on its way out (`shut`), and
 * what a relay copies before it gets there.
 */
export const relayRefusals = ({ device }: BridgeFacts, ports: readonly PublishedPort[]): readonly Rule[] =>
  ports.map(({ protocol, hostPort }) => ({
    chain: 'input',
    text: `iifname "${device}" ${protocol} dport ${hostPort} drop`,
  }));

export const isAnyAddress = (address: string): boolean => address === '0.0.0.0' || address === '::';

export const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

export const familyOf = (address: string): 'ip' | 'ip6' => (address.includes(':') ? 'ip6' : 'ip');

const withPort = (address: string, port: number): string =>
  familyOf(address) === 'ip6' ? `[${address}]:${port}` : `${address}:${port}`;

/** What holds for a whole network. */
export interface Policy {
  readonly isInternal: boolean;
  /** Whether its members go out under the host's address. */
  readonly masquerade: boolean;
  /** Whether they may talk to one another. */
  readonly icc: boolean;
}

/** The rules of a network of one family: its way out, and what may come in. */
export function networkRules(
  { device, subnet, ipv6 }: BridgeFacts,
  { isInternal, masquerade, icc }: Policy,
  family: 'ip' | 'ip6',
): readonly Rule[] {
  const members = family === 'ip' ? subnet : ipv6!.subnet;
  const loopback = family === 'ip' ? '127.0.0.0/8' : '::1';
  const forward = (text: string): Rule => ({ chain: 'forward', text });
  const postrouting = (text: string): Rule => ({ chain: 'postrouting', text });
  return [
    // route_localnet lets the host itself reach its containers from 127.0.0.1; this keeps the way back shut.
    { chain: 'raw', text: `iifname "${device}" ${family} daddr ${loopback} drop` },
    forward(`oifname "${device}" ct state established,related accept`),
    forward(`iifname "${device}" oifname "${device}" ${icc ? 'accept' : 'drop'}`),
    isInternal
      ? { chain: 'shut', text: `iifname "${device}" oifname != "${device}" drop` }
      : forward(`oifname "${device}" ct status dnat accept`),
    forward(`oifname "${device}" drop`),
    // Whoever knows 127.0.0.1 by another machine's address would answer to himself.
    postrouting(`oifname "${device}" ${family} saddr ${loopback} masquerade`),
    // Through a published port to a neighbour: the answer has to come back the same way, to be undone.
    postrouting(`${family} saddr ${members} oifname "${device}" ct status dnat masquerade`),
    ...(masquerade && !isInternal ? [postrouting(`${family} saddr ${members} oifname != "${device}" masquerade`)] : []),
  ];
}
