/** Demo of lesson names: a container that renames the machine, one that cannot; a message that crosses, and one that does not. */
import type { Demo } from '../../src/learn/demo/demo.ts';
import { mighty } from '../../src/learn/specs.ts';
import { quote } from '../../src/learn/source.ts';
import { withNamespace, withoutNames, withQueue } from './containers.ts';

const asLong = ['sleep', '1000'];

export const demo: Demo = {
  lesson: 'names',
  seconds: 3,
  question: 'What of your machine can a container with its own files still change?',
  scenes: [
    {
      title: 'WITHOUT names',
      guess: 'root in the container sets the host name: whose?',
      async play(show) {
        const container = await show.container({ args: asLong, stack: withoutNames, adjust: mighty });
        const before = await show.outside('hostname');
        await show.inside(container, 'hostname mutiny; hostname');
        await show.outside('hostname', (said) => (said === before ? ['GOOD'] : ['BAD', 'it was yours']));
        // Outside is the dock's: the machine around it has kept its name.
        await show.outside(`hostname ${before}`);
        show.why('the host name is no file: it is a variable of the kernel, and there was one for both');
      },
    },
    {
      title: 'WITH names: two more flags in the same clone(2), and a step',
      guess: 'and now?',
      async play(show) {
        const container = await show.container({ args: asLong, adjust: mighty });
        for (const [flag, name] of [
          ['NEWUTS', 'uts'],
          ['NEWIPC', 'ipc'],
        ]) {
          const { start } = await quote(`src/runtime/isolators/${name}.ts#namespaces`);
          show.plus(`clone(… | ${flag})`, `isolators/${name}.ts:${start}`);
        }
        const before = await show.outside('hostname');
        await show.inside(container, 'hostname');
        await show.inside(container, 'hostname mutiny; hostname');
        await show.outside('hostname', (said) => (said === before ? ['GOOD'] : ['BAD', 'it was yours']));
        await show.outside(`readlink /proc/self/ns/uts /proc/${container.pid}/ns/uts`);
      },
    },
    {
      title: 'A MESSAGE QUEUE: no path leads to it, only a number',
      guess: 'who can take the message out?',
      async play(show) {
        const sender = await show.container({ args: asLong, adjust: withQueue });
        await show.inside(sender, 'queue send swordfish');
        await show.inside(sender, `awk 'NR>1 {print "key", $1, "holds", $5}' /proc/sysvipc/msg`);
        const other = await show.container({ args: asLong, adjust: withQueue });
        await show.inside(other, 'queue receive', (said) => (/swordfish/.test(said) ? ['BAD'] : ['GOOD', 'its own']));
        const path = `/proc/${sender.pid}/ns/ipc`;
        const sharing = await show.container({
          args: asLong,
          adjust: (spec) => withNamespace(withQueue(spec), 'ipc', { path }),
        });
        show.plus(`{ "type": "ipc", "path": "${path}" }`, 'config.json');
        await show.inside(sharing, 'queue receive', (said) => (/swordfish/.test(said) ? ['BAD', 'shared'] : ['GOOD']));
        show.why('containers of one pod share this namespace on purpose; two strangers must not');
      },
    },
  ],
  turn: ['./drydock begin names', 'both isolators, about 25 min'],
};
