/**
 * Demo of lesson capabilities: root with all its powers, then with a few; a user who is not root; a setuid program; and
 * how much a capability is worth when a device is behind it.
 */
import type { Demo } from '../../src/learn/demo/demo.ts';
import { membersOf, namespaceOf, processFacts, until } from '../../src/learn/facts.ts';
import { quote } from '../../src/learn/source.ts';
import { isolators } from '../../src/runtime/isolators/index.ts';
import { having, LEARNER, only, setsOfProcess, usersOf } from './sets.ts';

const asLong = ['sleep', '1000'];
const withoutCapabilities = isolators.filter(({ name }) => name !== 'capabilities');
const LIFT = '/tmp/lift sleep 1000';
const lifting = `cp /proc/1/exe /tmp/lift && chmod 4755 /tmp/lift && exec su learner -c "exec ${LIFT}"`;
const refused = /not permitted|denied/;

/** `40 capabilities`, `CHOWN KILL`, `none`. */
const count = (text: string): number =>
  Number(/^\d+/.exec(text)?.[0] ?? text.split(' ').filter((name) => name !== 'none').length);

export const demo: Demo = {
  lesson: 'capabilities',
  seconds: 5,
  question: 'What can root in a container still do to your machine?',
  scenes: [
    {
      title: 'WITHOUT capabilities: it is root, and root is root',
      guess: 'may it mount a file system?',
      async play(show) {
        const container = await show.container({ args: asLong, stack: withoutCapabilities });
        const { CapEff = '' } = setsOfProcess(container.pid);
        show.fact('CapEff, from outside', `${count(CapEff)} capabilities`);
        await show.inside(container, 'mount -t tmpfs x /mnt && echo mounted', (said) =>
          said === 'mounted' ? ['BAD', 'SYS_ADMIN'] : ['GOOD'],
        );
        show.why('its namespaces are its own, but its powers are checked against the machine’s');
      },
    },
    {
      title: 'WITH capabilities: the same root, fourteen of them left',
      guess: 'may it still mount? change the owner of a file?',
      async play(show) {
        const container = await show.container({ args: asLong });
        const { start } = await quote('src/runtime/isolators/capabilities.ts#steps');
        show.plus('bounding set, keep, change of user, capset, ambient', `isolators/capabilities.ts:${start}`);
        await show.inside(container, 'id -u');
        await show.inside(container, 'mount -t tmpfs x /mnt', (said) => (refused.test(said) ? ['GOOD'] : ['BAD']));
        await show.inside(container, 'chown 1000 /tmp && echo done', (said) => (said === 'done' ? ['GOOD'] : ['BAD']));
        await show.outside(`grep CapEff /proc/${container.pid}/status`);
        show.why('root is a name; each power is a bit, and the kernel looks at the bits');
      },
    },
    {
      title: 'ANOTHER USER has none of them, unless they are ambient',
      guess: 'user 1000, with NET_RAW in every set but the ambient one: CapEff?',
      async play(show) {
        const one = ['CAP_NET_RAW'];
        const sets = only(...one);
        const plain = await show.container({ args: asLong, adjust: having({ capabilities: sets, user: LEARNER }) });
        show.fact('CapEff without ambient', setsOfProcess(plain.pid).CapEff!);
        const raised = { ...sets, inheritable: one, ambient: one };
        const kept = await show.container({ args: asLong, adjust: having({ capabilities: raised, user: LEARNER }) });
        show.fact('CapEff with it ambient', setsOfProcess(kept.pid).CapEff!, ['GOOD']);
        show.why('execve computes new sets: for a user who is not root only what is ambient passes through');
      },
    },
    {
      title: 'A SETUID PROGRAM, and the bit that makes it harmless',
      guess: 'user 1000 starts a program that is setuid root: which user is it?',
      async play(show) {
        for (const noNewPrivileges of [false, true]) {
          const container = await show.container({
            args: ['sh', '-c', lifting],
            init: true,
            adjust: having({ noNewPrivileges }),
          });
          const space = namespaceOf(container.pid, 'pid');
          const find = (): number | undefined =>
            membersOf(space, 'pid').find((pid) => processFacts(pid)?.command === LIFT);
          await until(() => find() !== undefined);
          const pid = find() ?? 0;
          show.fact(`no_new_privs ${noNewPrivileges ? '1' : '0'}`, `users ${usersOf(pid)}`);
          const powers = count(setsOfProcess(pid).CapEff!);
          show.fact(
            '  its CapEff',
            `${powers} capabilities`,
            powers === 0 ? ['GOOD'] : ['BAD', 'from nothing to these'],
          );
        }
        show.why('real, effective, saved: without the bit the effective user becomes the file’s owner');
      },
    },
  ],
  turn: ['./drydock begin capabilities', 'write the order of the sets, 35 min'],
};
