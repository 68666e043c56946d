/** What people get wrong about addresses, and about the ways that a packet takes. */
import type { Mistake } from '../../src/learn/mistake.ts';
import { NEXT } from './check-addresses.ts';
import { RULES } from './check-rules.ts';

/** The reference of `nextAddress` with one of its parts done wrong. */
const nextAddress = ({ first = 'const first = numberOf(subnet.address) + 1;', less = '- 2' }): string[] => [
  first,
  `const count = 2 ** (32 - subnet.prefix) ${less};`,
  'for (let i = 0; i < count; i++) {',
  '  const address = textOf(first + i);',
  '  if (!taken.has(address)) return address;',
  '}',
  'return undefined;',
];

/** The reference of `portRules` with one of its parts done wrong. */
const portRules = ({
  to = 'isAnyAddress(hostAddress) ? `fib daddr type local` : `${familyOf(hostAddress)} daddr ${hostAddress}`',
  text = '`${to} ${protocol} dport ${hostPort} dnat to ${withPort(address, port)}`',
  loopback = "[{ chain: 'output', text }]",
  others = "[{ chain: 'prerouting', text }, { chain: 'output', text }]",
}): string[] => [
  'const { hostAddress, protocol, hostPort, port } = published;',
  'void protocol;',
  `const to = ${to};`,
  `const text = ${text};`,
  `return isLoopback(hostAddress) ? ${loopback} : ${others};`,
];

export const mistakes: readonly Mistake[] = [
  {
    title: 'the next address is one more than there are containers',
    slot: NEXT,
    body: ['return textOf(numberOf(subnet.address) + 1 + taken.size);'],
    fails: 'the lowest address that nobody has is the next',
    hint: /10[.]214[.]0[.]3 is the lowest that nobody has/,
  },
  {
    title: 'only what comes from outside is readdressed',
    slot: RULES,
    body: portRules({ others: "[{ chain: 'prerouting', text }]" }),
    fails: 'the host itself gets there, too, also by 127.0.0.1',
    hint: /The same text once more, with \{ chain: 'output' \}/,
  },
  {
    title: 'the port of the host and the port of the container change places',
    slot: RULES,
    body: portRules({ text: '`${to} ${protocol} dport ${port} dnat to ${withPort(address, hostPort)}`' }),
    fails: 'who knocks at the host from outside reaches the container',
    hint: /hostPort in front, port behind/,
  },
  {
    title: 'the subnet’s own name is given away',
    slot: NEXT,
    body: nextAddress({ first: 'const first = numberOf(subnet.address);' }),
    fails: 'the lowest address that nobody has is the next',
    hint: /Count up from the subnet’s address [+] 1/,
  },
  {
    title: 'the broadcast address is given away',
    slot: NEXT,
    body: nextAddress({ less: '- 1' }),
    fails: 'the first and the last of a subnet are nobody’s',
    hint: /the last one is the broadcast/,
  },
  {
    title: 'only the last of the four numbers is counted up',
    slot: NEXT,
    body: [
      "const [a, b, c, d] = subnet.address.split('.').map(Number);",
      'for (let i = 1; i < 2 ** Math.min(8, 32 - subnet.prefix) - 1; i++) {',
      '  const address = `${a}.${b}.${c}.${d! + i}`;',
      '  if (!taken.has(address)) return address;',
      '}',
      'return undefined;',
    ],
    fails: 'after 255 comes the next number to the left',
    hint: /the carry is done by the addition/,
  },
  {
    title: 'every address of the host is meant, whatever was said',
    slot: RULES,
    body: portRules({ to: '`fib daddr type local`' }),
    fails: 'what was published at one address is not at another',
    hint: /Only isAnyAddress\(hostAddress\)/,
  },
  {
    title: 'what was published on 127.0.0.1 can be reached from outside',
    slot: RULES,
    body: portRules({ loopback: "[{ chain: 'prerouting', text }, { chain: 'output', text }]" }),
    fails: 'what was published on 127.0.0.1 is for this machine alone',
    hint: /packets of the host itself, and no others/,
  },
  {
    title: 'every port is one of tcp',
    slot: RULES,
    body: portRules({ text: '`${to} tcp dport ${hostPort} dnat to ${withPort(address, port)}`' }),
    fails: 'a port of udp is no port of tcp',
    hint: /published[.]protocol/,
  },
  {
    title: 'an address of IPv6 is put in front of its port as it is',
    slot: RULES,
    body: portRules({ text: '`${to} ${protocol} dport ${hostPort} dnat to ${address}:${port}`' }),
    fails: 'further: IPv6 has its own words',
    hint: /withPort\(address, port\) writes \[fd00::2\]:80/,
  },
];
