/**
 * Demo of lesson network: a container that reaches what listens on our loopback, then one that does not; the cable, from
 * both of its ends; and that it goes.
 */
import { readFileSync } from 'node:fs';
import type { Demo } from '../../src/learn/demo/demo.ts';
import { until } from '../../src/learn/facts.ts';
import { quote } from '../../src/learn/source.ts';
import { isolators } from '../../src/runtime/isolators/index.ts';
import { LINK, withLink } from '../../src/runtime/link.ts';
import { addressOf, hostEnd } from './ends.ts';

const PORT = 7777;
const asLong = ['sleep', '1000'];
const withoutNetwork = isolators.filter(({ name, requires }) => name !== 'network' && !requires?.includes('network'));
const ask = `nc -w1 127.0.0.1 ${PORT} </dev/null`;

/** Something of ours that listens on loopback alone, as a database does. */
const service = [
  process.execPath,
  '-e',
  `require('net').createServer((one) => one.end('all our secrets')).listen(${PORT}, '127.0.0.1')`,
];

const isListening = (): boolean =>
  new RegExp(`:${PORT.toString(16).toUpperCase()} \\S+ 0A`).test(readFileSync('/proc/net/tcp', 'utf8'));

export const demo: Demo = {
  lesson: 'network',
  seconds: 6,
  question: 'How does a packet get into a container, and whose name is on it?',
  scenes: [
    {
      title: 'WITHOUT network',
      guess: `something of ours listens on 127.0.0.1 alone: who can ask it?`,
      async play(show) {
        await show.outsider(service);
        await until(isListening);
        show.fact('outside $ a server of ours, on loopback', `127.0.0.1, port ${PORT}`);
        const container = await show.container({ args: asLong, stack: withoutNetwork });
        await show.inside(container, ask, (said) => (said.includes('secrets') ? ['BAD', 'it was yours'] : ['GOOD']));
        show.why('127.0.0.1 is not a machine: it is a network namespace, and the container is in ours');
      },
    },
    {
      title: 'WITH network: one more flag in the same clone(2)',
      guess: 'how many network devices does it have?',
      async play(show) {
        await show.outsider(service);
        await until(isListening);
        const container = await show.container({ args: asLong });
        const { file, start } = await quote('src/runtime/isolators/network.ts#namespaces');
        show.plus('clone(… | NEWNET)', `${file.replace('src/runtime/', '')}:${start}`);
        await show.inside(container, ask, (said) => (said.includes('secrets') ? ['BAD'] : ['GOOD']));
        await show.inside(container, 'ip -o link | cut -d: -f1,2');
      },
    },
    {
      title: 'A CABLE: two devices, two namespaces, one pair',
      guess: 'what is the other end of eth0?',
      async play(show) {
        const container = await show.container({ args: asLong, adjust: (spec) => withLink(spec) });
        show.plus(`"annotations": { "${LINK}": "auto" }`, 'link.ts');
        const { name } = hostEnd(container.pid);
        await show.inside(container, 'ip -o link show eth0 | cut -d: -f1,2');
        await show.outside(`ip -o link show ${name} | cut -d: -f1,2`);
        await show.inside(container, 'ip route | head -1');
        await show.outside(
          `busybox ping -c1 -W2 ${addressOf(container.pid)} | grep -o '[0-9]* packets rec.*,'`,
          (said) => (said.startsWith('1') ? ['GOOD'] : ['BAD']),
        );
        show.why('each end names the number that the other has, over there: @if');
      },
    },
    {
      title: 'AND GONE',
      guess: 'the container ends. And our end of the cable?',
      async play(show) {
        const container = await show.container({ args: asLong, adjust: (spec) => withLink(spec) });
        const { name } = hostEnd(container.pid);
        await show.outside(`ip -o link show ${name} | cut -d: -f1,2`);
        await container.remove();
        await show.outside(`ip -o link show ${name}`, (said) => (/does not exist/.test(said) ? ['GOOD'] : ['BAD']));
        show.why('a pair ends with either of its ends, and a namespace takes its devices with it');
      },
    },
  ],
  turn: ['./drydock begin network', 'make the cable, about 50 min'],
};
