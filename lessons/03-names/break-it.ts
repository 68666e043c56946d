/** What crosses between containers, and to the host, without these two namespaces. */
import { breaking, type Attack } from '../../src/learn/attack.ts';
import { mighty } from '../../src/learn/specs.ts';
import { standIn } from '../../src/learn/stand-in.ts';
import { isolators } from '../../src/runtime/isolators/index.ts';
import { withNamespace, withoutNames, withQueue } from './containers.ts';

const asLong = ['sleep', '1000'];

/** A queue has a number that everybody can guess, and no file: its namespace is all that keeps others out. */
const queue: Attack = {
  name: 'a message queue is read by another container',
  undefended: 'they share the IPC namespace',
  defended: 'each has its own',
  async attempt(target, isDefended) {
    const sender = await target.container({ args: asLong, adjust: withQueue });
    await sender.inside(['queue', 'send', 'the password is swordfish']);
    const shared = { path: `/proc/${sender.pid}/ns/ipc` };
    const reader = await target.container({
      args: asLong,
      adjust: (spec) => withNamespace(withQueue(spec), 'ipc', isDefended ? {} : shared),
    });
    const { code, output } = await reader.inside(['queue', 'receive']);
    return { succeeded: code === 0, seen: `it reads: ${output.trim()}` };
  },
};

/** Without a UTS namespace there is one name for all, on a stand-in for the host here. */
const rename: Attack = {
  name: 'a container renames the host',
  undefended: 'without uts',
  defended: 'with uts',
  async attempt(target, isDefended) {
    const host = await standIn('uts');
    try {
      const stack = isDefended ? isolators : withoutNames;
      const container = await target.container({ args: asLong, stack: [host.isolator, ...stack], adjust: mighty });
      await container.inside(['hostname', 'mutiny']);
      const name = host.sh('hostname').trim();
      return { succeeded: name === 'mutiny', seen: `the host’s name is ${name}` };
    } finally {
      await host.close();
    }
  },
};

export const attacks: readonly Attack[] = [queue, rename];

export const breakIt = breaking(attacks, {
  lesson: 'names',
  seconds: 3,
  question: 'What reaches others although files and mounts do not?',
  turn: ['./drydock read names', 'what a kernel object without a path is'],
});
