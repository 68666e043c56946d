/**
 * Rules in the words of nft(8), put into what the kernel takes: a list of expressions for each phrase.
 *
 *     oifname "drydock0"      load meta oifname into register 1; compare it with the name
 *     ip saddr 10.1.0.0/16    load 4 bytes at 12 of the network header; keep 16 bits; compare
 *     dnat to 10.1.0.2:80     put the address into register 1, the port into register 2; nat
 *
 * A comparison that fails ends the rule; a verdict ends it too. Only the phrases that rules.ts needs are here, and
 * `nft list table ip drydock` prints them again, word for word. include/uapi/linux/netfilter/nf_tables.h.
 */
import { DrydockError } from '../../errors.ts';
import { nest, number, string, value } from '../../linux/netfilter.ts';
import { isIPv6 } from 'node:net';
import { maskOf, numberOf } from '../link/ipv4.ts';
import { macBytes } from '../link/links.ts';
import { bytesOf, maskByte } from '../link/ipv6.ts';

const REGISTER_1 = 1;
const REGISTER_2 = 2;
/** From here on registers have 4 bytes each, and what is loaded one behind the other is one key (Linux 4.1). */
const REGISTER_32 = 8;

const NETWORK_HEADER = 1;
const TRANSPORT_HEADER = 2;
const EQUAL = 0;
const UNEQUAL = 1;

const protocols = { tcp: 6, udp: 17, sctp: 132 } as const;
const etherTypes = { ip: 0x0800, arp: 0x0806, ip6: 0x86dd } as const;

/** An expression: its name, and its attributes. */
const expression = (name: string, ...attributes: readonly Buffer[]): Buffer =>
  nest(1, string(1, name), nest(2, ...attributes));

const meta = { protocol: 1, iifname: 6, oifname: 7, l4proto: 16 } as const;

const loadMeta = (key: keyof typeof meta, register = REGISTER_1): Buffer =>
  expression('meta', number(1, register), number(2, meta[key]));

const loadBytes = (base: number, offset: number, length: number, register = REGISTER_1): Buffer =>
  expression('payload', number(1, register), number(2, base), number(3, offset), number(4, length));

const compare = (bytes: Buffer, how = EQUAL): Buffer =>
  expression('cmp', number(1, REGISTER_1), number(2, how), value(3, bytes));

const keepBits = (mask: Buffer): Buffer =>
  expression(
    'bitwise',
    number(1, REGISTER_1),
    number(2, REGISTER_1),
    number(3, mask.length),
    value(4, mask),
    value(5, Buffer.alloc(mask.length)),
  );

const put = (register: number, bytes: Buffer): Buffer => expression('immediate', number(1, register), value(2, bytes));

const verdict = (code: number): Buffer => expression('immediate', number(1, 0), nest(2, nest(2, number(1, code))));

const big = (bytes: 2 | 4, of: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  if (bytes === 2) buffer.writeUInt16BE(of);
  else buffer.writeInt32BE(of);
  return buffer;
};

/** What the kernel counts for itself is in the order of the machine, unlike what is in a packet. */
const own = (of: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(of);
  return buffer;
};

/** With its NULs a name is compared whole; with `*` behind it only as far as it goes. */
const nameBytes = (name: string): Buffer =>
  name.endsWith('*') ? Buffer.from(name.slice(0, -1)) : Buffer.concat([Buffer.from(name)], 16);

function compareAddress(offset: number, address: string, prefix: string | undefined, how: number): Buffer[] {
  const bytes = isIPv6(address) ? bytesOf(address) : big(4, numberOf(address));
  const bits = bytes.length * 8;
  const mask =
    prefix === undefined || Number(prefix) === bits ? [] : [keepBits(maskBytes(Number(prefix), bytes.length))];
  return [loadBytes(NETWORK_HEADER, offset, bytes.length), ...mask, compare(bytes, how)];
}

function maskBytes(prefix: number, length: number): Buffer {
  if (length === 4) return big(4, maskOf(prefix));
  return Buffer.from(Array.from({ length }, (_, i) => maskByte(prefix - i * 8)));
}

const how = (not: string | undefined): number => (not ? UNEQUAL : EQUAL);

const speakers = (set: string): Buffer => expression('lookup', string(1, set), number(2, REGISTER_32));

/** In front of what looks up who speaks: iifname, 16 bytes, and a MAC, padded to 8. */
const loadSpeaker = (base: number, offset: number): Buffer[] => [
  loadMeta('iifname', REGISTER_32),
  loadBytes(base, offset, 6, REGISTER_32 + 4),
];

const LINK_HEADER = 0;

type Phrase = readonly [RegExp, (...words: readonly (string | undefined)[]) => readonly Buffer[]];

const phrases: readonly Phrase[] = [
  [
    /^([io]ifname) (!= )?"([^"]+)"/,
    (key, not, name) => [loadMeta(key as 'iifname' | 'oifname'), compare(nameBytes(name!), how(not))],
  ],
  [
    /^ip ([sd])addr (!= )?([\d.]+)(?:\/(\d+))?/,
    (side, not, address, prefix) => compareAddress(side === 's' ? 12 : 16, address!, prefix, how(not)),
  ],
  [
    /^ip6 ([sd])addr (!= )?([\da-f:.]+)(?:\/(\d+))?/,
    (side, not, address, prefix) => compareAddress(side === 's' ? 8 : 24, address!, prefix, how(not)),
  ],
  [
    /^(tcp|udp|sctp) dport (\d+)/,
    (protocol, port) => [
      loadMeta('l4proto'),
      compare(Buffer.from([protocols[protocol as 'tcp']])),
      loadBytes(TRANSPORT_HEADER, 2, 2),
      compare(big(2, Number(port))),
    ],
  ],
  [/^ether type (ip6?|arp)\b/, (type) => [loadMeta('protocol'), compare(big(2, etherTypes[type as 'ip']))]],
  // NF_CT_STATE_BIT(ESTABLISHED | RELATED), IPS_DST_NAT; RTN_LOCAL.
  [/^ct state established,related/, () => [loadTracked(0), keepBits(own(6)), compare(own(0), UNEQUAL)]],
  [/^ct status dnat/, () => [loadTracked(2), keepBits(own(1 << 5)), compare(own(0), UNEQUAL)]],
  [
    /^fib daddr type local/,
    () => [expression('fib', number(1, REGISTER_1), number(2, 3), number(3, 2)), compare(own(2))],
  ],
  [
    /^iifname \. ether saddr \. (ip6?) saddr @(\w+)/,
    (family, set) => [
      ...loadSpeaker(LINK_HEADER, 6),
      family === 'ip'
        ? loadBytes(NETWORK_HEADER, 12, 4, REGISTER_32 + 6)
        : loadBytes(NETWORK_HEADER, 8, 16, REGISTER_32 + 6),
      speakers(set!),
    ],
  ],
  [
    /^iifname \. (ether|arp) saddr (?:ether )?\. arp saddr ip @(\w+)/,
    (which, set) => [
      ...(which === 'arp' ? loadSpeaker(NETWORK_HEADER, 8) : loadSpeaker(LINK_HEADER, 6)),
      loadBytes(NETWORK_HEADER, 14, 4, REGISTER_32 + 6),
      speakers(set!),
    ],
  ],
  [/^accept/, () => [verdict(1)]],
  [/^drop/, () => [verdict(0)]],
  // NFT_REJECT_TCP_RST.
  [/^reject with tcp reset/, () => [expression('reject', number(1, 1))]],
  [/^masquerade/, () => [expression('masq')]],
  [
    /^dnat to \[?([\d.]+|[\da-f:]+)\]?:(\d+)/,
    (address, port) => [
      put(REGISTER_1, isIPv6(address!) ? bytesOf(address!) : big(4, numberOf(address!))),
      put(REGISTER_2, big(2, Number(port))),
      expression(
        'nat',
        number(1, 1),
        number(2, isIPv6(address!) ? 10 : 2),
        number(3, REGISTER_1),
        number(5, REGISTER_2),
      ),
    ],
  ],
];

function loadTracked(key: number): Buffer {
  return expression('ct', number(1, REGISTER_1), number(2, key));
}

/** The expressions of a rule. Throws INTERNAL for words that are not known here. */
export function expressionsOf(text: string): readonly Buffer[] {
  const all: Buffer[] = [];
  for (let rest = text; rest;) {
    const [words, make] = phraseAt(rest, text);
    all.push(...make(...words.slice(1)));
    rest = rest.slice(words[0].length).trimStart();
  }
  return all;
}

function phraseAt(rest: string, text: string): readonly [RegExpExecArray, Phrase[1]] {
  for (const [pattern, make] of phrases) {
    const words = pattern.exec(rest);
    if (words) return [words, make];
  }
  throw new DrydockError('INTERNAL', `the rule "${text}" cannot be read from "${rest}" on`, {
    hint: 'src/network/firewall/phrases.ts has the phrases that there are',
  });
}

/** What stands in a set of speakers: who may speak under which MAC and which address, from which device. */
export function speaker(link: string, mac: string, address: string): Buffer {
  const ip = isIPv6(address) ? bytesOf(address) : big(4, numberOf(address));
  return Buffer.concat([nameBytes(link), Buffer.concat([macBytes(mac)], 8), ip]);
}
