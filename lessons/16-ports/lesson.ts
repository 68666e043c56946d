/** Lesson ports: a switch in the kernel, addresses that nobody else has, and doors that were opened on purpose. */
import type { Lesson } from '../../src/learn/lesson.ts';

export const lesson: Lesson = {
  name: 'ports',
  number: 16,
  title: 'doors that were opened on purpose',
  minutes: 75,
  question: 'How does a packet for port 8080 of the host reach port 80 of a container, and which one does not?',
  requires: ['network', 'engine'],
  slots: [
    {
      name: 'network/addresses.ts#nextAddress',
      source: 'src/network/addresses.ts',
      file: 'network/addresses.ts',
      title: 'an address that nobody has',
      minutes: 15,
      todo: [
        'the lowest address of the subnet that is not in `taken`; undefined when there is none.',
        'The first of a subnet is its own name, the last is everybody’s at once: both are nobody’s.',
        'numberOf("10.214.0.0") is the address as a number, textOf(number) the way back.',
        'A subnet with the prefix 24 has 2 ** (32 - 24) addresses.',
      ],
      body: ['void [subnet, taken];', 'return undefined;'],
    },
    {
      name: 'network/firewall/rules.ts#portRules',
      source: 'src/network/firewall/rules.ts',
      file: 'network/firewall/rules.ts',
      title: 'the rules of one published port',
      minutes: 30,
      todo: [
        'say which packets are readdressed (dnat), and where: { chain, text } with the words of nft(8).',
        'For 192.0.2.1, port 8080 of tcp, that leads to port 80 of 10.214.0.2:',
        '    ip daddr 192.0.2.1 tcp dport 8080 dnat to 10.214.0.2:80',
        'For every address of the host (isAnyAddress): `fib daddr type local` in front instead of `ip daddr …`.',
        'Packets that come in pass the chain `prerouting`; those that the host itself sends pass `output`.',
        'Who must not come in to what was published on 127.0.0.1? isLoopback(hostAddress).',
        'Further: IPv6. familyOf(address) is ip or ip6, withPort(address, port) puts both together as nft wants it.',
      ],
      body: ['void [published, address];', 'return [];'],
    },
  ],
  task: [
    'First `nextAddress`: the lowest that nobody has. There is no list of free addresses, so none can be lost in a crash.',
    'Then `portRules`: one sentence to the kernel’s firewall for each way that a packet can take. The checks put your',
    'rules into the kernel of a machine of their own, which is a network namespace, and knock from three sides.',
  ],
  hints: [
    'Look at `./drydock demo ports`: its second scene shows the rules as the kernel has them.',
    'An address is a number of 32 bits. What follows 10.214.0.255?',
    'A packet meets the hooks in an order: the picture at the top of src/network/firewall/rules.ts. Where do the host’s own begin?',
  ],
};
