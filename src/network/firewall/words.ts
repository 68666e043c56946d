/**
 * The same rules in the words of iptables(8): what rules.ts says for nft(8), phrase by phrase, as phrases.ts does it for
 * the kernel.
 *
 *     oifname "drydock0" ct status dnat accept     -o drydock0 -m conntrack --ctstate DNAT -j RETURN
 *
 * One word has another sense. `accept` of nft ends our chain and nobody else's; ACCEPT of iptables would end the whole
 * table, with what others have in it. RETURN is what we mean.
 */
import { DrydockError } from '../../errors.ts';
import type { Rule } from './rules.ts';

/** Which of the tables has the chain, and from where it is jumped to. */
export interface Place {
  readonly table: 'raw' | 'filter' | 'nat';
  readonly hook: 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING';
  /** Not everybody jumps. */
  readonly who?: string;
}

/** Chains of our own: those of rules.ts, and `pass`, which has rules for the sake of others. */
export type Chain = Rule['chain'] | 'pass';

/**
 * Where they hang. Chains at one hook are in this order. An address of IPv6 is refused behind `nat` here, where REJECT
 * can stand (iptables-extensions(8)), so that table must not have readdressed it before.
 */
export const places: Readonly<Record<Chain, Place>> = {
  raw: { table: 'raw', hook: 'PREROUTING' },
  input: { table: 'filter', hook: 'INPUT' },
  refused: { table: 'filter', hook: 'OUTPUT' },
  shut: { table: 'filter', hook: 'FORWARD' },
  forward: { table: 'filter', hook: 'FORWARD' },
  pass: { table: 'filter', hook: 'FORWARD' },
  prerouting: { table: 'nat', hook: 'PREROUTING' },
  output: { table: 'nat', hook: 'OUTPUT' },
  postrouting: { table: 'nat', hook: 'POSTROUTING' },
};

/** `DRYDOCK-FORWARD`: a name has 28 letters at most (XT_EXTENSION_MAXNAMELEN). */
export const nameOf = (chain: Chain): string => `DRYDOCK-${chain.toUpperCase()}`;

/** Who jumps to it, and how. */
export function jumpTo(chain: Chain, family: 'ip' | 'ip6'): string {
  const notLoopback = chain === 'output' && family === 'ip6' ? '! -d ::1 ' : '';
  return `${notLoopback}-j ${nameOf(chain)}`;
}

type Phrase = readonly [RegExp, (...words: readonly string[]) => string];

const not = (isNot: string | undefined): string => (isNot ? '! ' : '');

const phrases: readonly Phrase[] = [
  [/^([io])ifname (!= )?"([\w.-]+)"/, (side, isNot, name) => `${not(isNot)}-${side} ${name}`],
  [/^ip6? ([sd])addr (!= )?([\da-f:.]+(?:\/\d+)?)/, (side, isNot, address) => `${not(isNot)}-${side} ${address}`],
  [/^(tcp|udp|sctp) dport (\d+)/, (protocol, port) => `-p ${protocol} -m ${protocol} --dport ${port}`],
  [/^ct state established,related/, () => '-m conntrack --ctstate RELATED,ESTABLISHED'],
  [/^ct status dnat/, () => '-m conntrack --ctstate DNAT'],
  [/^fib daddr type local/, () => '-m addrtype --dst-type LOCAL'],
  [/^accept/, () => '-j RETURN'],
  [/^drop/, () => '-j DROP'],
  [/^reject with tcp reset/, () => '-j REJECT --reject-with tcp-reset'],
  [/^masquerade/, () => '-j MASQUERADE'],
  [/^dnat to ([\d.]+:\d+|\[[\da-f:]+\]:\d+)/, (to) => `-j DNAT --to-destination ${to}`],
];

/** A rule without its chain. Throws INTERNAL for words that are not known here. */
export function wordsOf(text: string): string {
  const all: string[] = [];
  for (let rest = text; rest;) {
    const [length, words] = phraseAt(rest, text);
    all.push(words);
    rest = rest.slice(length).trimStart();
  }
  return all.join(' ');
}

function phraseAt(rest: string, text: string): readonly [number, string] {
  for (const [pattern, put] of phrases) {
    const words = pattern.exec(rest);
    if (words) return [words[0].length, put(...words.slice(1))];
  }
  throw new DrydockError('INTERNAL', `the rule "${text}" cannot be put into words of iptables from "${rest}" on`, {
    hint: 'src/network/firewall/words.ts has the phrases that there are',
  });
}
