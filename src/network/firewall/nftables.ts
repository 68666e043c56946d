/**
 * The tables of our own called `drydock`, and how they change: each time in one transaction (src/linux/netfilter.ts).
 *
 *     table ip drydock      rules.ts: published ports, ways out, isolation        (and ip6, where a network has IPv6)
 *     table bridge drydock  who may speak, on each cable; everything else is dropped before anybody hears it
 *
 * Others have tables of their own: Docker, ufw. An `accept` of ours ends our chain alone and not theirs; a `drop` of
 * anybody is the end (nft(8), VERDICT STATEMENTS). beside.ts has what follows from that.
 */
import {
  comment as commented,
  longNumber,
  nest,
  number,
  rulesOf,
  string,
  transact,
  value,
  type Change,
  type Family,
} from '../../linux/netfilter.ts';
import { isSyscallError } from '../../linux/calls.ts';
import { EAFNOSUPPORT, EINVAL, ENOENT, EOPNOTSUPP, EPROTONOSUPPORT } from '../../linux/errno.ts';
import type { IpFamily, Speaker } from './firewall.ts';
import { expressionsOf, speaker } from './phrases.ts';
import { chains, networkRules, portRules, type Rule } from './rules.ts';

const TABLE = 'drydock';
const LIST_ELEMENT = 1;

const hooks = { prerouting: 0, input: 1, forward: 2, output: 3, postrouting: 4 } as const;

/** On the bridges: a container says nothing but under its own address and MAC, in ARP too (RFC 826: sender's fields). */
const whoMaySpeak = {
  chain: 'type filter hook prerouting priority -300',
  rules: [
    'iifname != "dv*" accept',
    'ether type ip iifname . ether saddr . ip saddr @speakers accept',
    'ether type ip6 iifname . ether saddr . ip6 saddr @speakers6 accept',
    'ether type arp iifname . ether saddr . arp saddr ip @speakers iifname . arp saddr ether . arp saddr ip @speakers accept',
    'drop',
  ],
  /** Length of the key, and its type as nft(8) prints it: ifname . ether_addr . ipv4_addr. */
  sets: { speakers: [28, (41 << 12) | (9 << 6) | 7], speakers6: [40, (41 << 12) | (9 << 6) | 8] },
} as const;

/** The name of whose rules of the table `bridge` are: nobody's in particular. */
const ALL = 'all';

/**
 * The rules called `comment` become these in our table of this family; none: they go. In the network namespace of a file
 * like /proc/PID/ns/net, or in our own.
 */
export function replaceRules(family: IpFamily, comment: string, rules: readonly Rule[], namespace?: string): void {
  transact([...removal(family, comment, TABLE, namespace), ...added(family, comment, rules)], namespace);
}

function added(family: IpFamily, comment: string, rules: readonly Rule[], into = TABLE): Change[] {
  if (!rules.length) return [];
  const names = [...new Set(rules.map((one) => one.chain))];
  const base = names.map((name) => chain(family, name, chains[name], into));
  return [table(family, into), ...base, ...rules.map((one) => rule(family, one.chain, one.text, comment, into))];
}

/** Makes the table of the bridges, unless it is there. */
export function guardBridges(): void {
  if (!rulesOf('bridge', TABLE).length) transact(guard(TABLE));
}

function guard(into: string): Change[] {
  const family = 'bridge';
  const { chain: where, rules, sets } = whoMaySpeak;
  return [
    table(family, into),
    ...Object.entries(sets).map(([name, [length, type]], id) => set(name, length, type, id + 1, into)),
    chain(family, 'speakers', where, into),
    ...rules.map((text) => rule(family, 'speakers', text, ALL, into)),
  ];
}

/**
 * Whether this kernel takes rules like ours: all of them are made in tables of another name and removed in the same
 * transaction, so nothing has happened to any packet. Linux 3.13 has nftables, but no `masquerade` (3.18), no key of
 * several fields (4.1) and no `fib` (4.10); a kernel may be built without any of them.
 */
export function works(): boolean {
  const name = `${TABLE}-probe`;
  const bridge = { device: name, subnet: '192.0.2.0/24', gateway: '192.0.2.1' };
  const rules = networkRules(bridge, { isInternal: false, masquerade: true, icc: true }, 'ip');
  const ports = portRules({ protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: 80, port: 80 }, '192.0.2.2');
  const made = [...added('ip', ALL, [...rules, ...ports], name), ...guard(name)];
  try {
    if (rulesOf('bridge', TABLE).length) return true;
    transact([...made, ...(['ip', 'bridge'] as const).map((family) => withoutTable(family, name))]);
    return true;
  } catch (error) {
    // It does not know the protocol, a kind of expression, or an attribute; whatever else, it does not say that.
    if (isSyscallError(error, EINVAL, ENOENT, EOPNOTSUPP, EPROTONOSUPPORT, EAFNOSUPPORT)) return false;
    throw error;
  }
}

/** From now on the endpoint is heard. */
export function letSpeak(endpoint: Speaker): void {
  transact(elements('NFT_MSG_NEWSETELEM', endpoint));
}

/** Nobody is heard any more under what was the endpoint's; idempotent. */
export function silence(endpoint: Speaker): void {
  for (const change of elements('NFT_MSG_DELSETELEM', endpoint))
    try {
      transact([change]);
    } catch (error) {
      if (!isSyscallError(error, ENOENT)) throw error;
    }
}

/** Removes our tables, when no rule of a network is left in them. */
export function removeAll(): void {
  const families = ['ip', 'ip6'] as const;
  if (families.some((family) => rulesOf(family, TABLE).length)) return;
  for (const family of [...families, 'bridge'] as const)
    try {
      transact([withoutTable(family, TABLE)]);
    } catch (error) {
      if (!isSyscallError(error, ENOENT)) throw error;
    }
}

function elements(type: 'NFT_MSG_NEWSETELEM' | 'NFT_MSG_DELSETELEM', endpoint: Speaker): Change[] {
  const { link, mac, address, address6 } = endpoint;
  const heard = [['speakers', address] as const, ...(address6 ? [['speakers6', address6] as const] : [])];
  return heard.map(([name, ip]) => {
    const element = nest(LIST_ELEMENT, value(1, speaker(link, mac, ip)));
    return { type, family: 'bridge', attributes: [string(1, TABLE), string(2, name), nest(3, element)] };
  });
}

const table = (family: Family, name: string): Change => ({
  type: 'NFT_MSG_NEWTABLE',
  family,
  attributes: [string(1, name)],
});

const withoutTable = (family: Family, name: string): Change => ({ ...table(family, name), type: 'NFT_MSG_DELTABLE' });

/** A chain at a hook, as the words of nft(8) say: `type filter hook forward priority 0`. */
function chain(family: Family, name: string, where: string, into: string): Change {
  const [, type, hook, priority] = /^type (\w+) hook (\w+) priority (-?\d+)$/.exec(where)!;
  const hung = nest(4, number(1, hooks[hook as keyof typeof hooks]), number(2, Number(priority)));
  return { type: 'NFT_MSG_NEWCHAIN', family, attributes: [string(1, into), string(3, name), hung, string(7, type!)] };
}

/** A rule behind the others of its chain. */
export function rule(family: Family, into: string, text: string, comment: string, where = TABLE): Change {
  const expressions = nest(4, ...expressionsOf(text));
  const attributes = [string(1, where), string(2, into), expressions, commented(comment)];
  return { type: 'NFT_MSG_NEWRULE', family, attributes };
}

/** Removes the rules called `comment` from a table. */
export function removal(family: Family, comment: string, where = TABLE, namespace?: string): Change[] {
  return rulesOf(family, where, namespace)
    .filter((found) => found.comment === comment)
    .map(({ chain: from, handle }) => {
      const attributes = [string(1, where), string(2, from), longNumber(3, handle)];
      return { type: 'NFT_MSG_DELRULE', family, attributes };
    });
}

function set(name: string, length: number, type: number, id: number, into: string): Change {
  const attributes = [
    string(1, into),
    string(2, name),
    number(3, 0),
    number(4, type),
    number(5, length),
    number(10, id),
  ];
  return { type: 'NFT_MSG_NEWSET', family: 'bridge', attributes };
}
