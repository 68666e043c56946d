/**
 * Demo of lesson process: one number and two programs; a plan that a child walks until it is the program; the four ways
 * to end; and what is left of a child when nobody asks how it has ended.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import type { Demo, Show, Verdict } from '../../src/learn/demo/demo.ts';
import { childrenOf, processFacts, until, type ProcessFacts } from '../../src/learn/facts.ts';
import { quote } from '../../src/learn/source.ts';
import { readStat } from '../../src/linux/procfs.ts';
import type { Spec } from '../../src/runtime/spec.ts';
import { upTo } from '../up-to.ts';

const CHILDREN = 3;
const brief = `for i in $(seq ${CHILDREN}); do sleep 0.2 & done`;
const asLong = 'exec sleep 1000';

export const demo: Demo = {
  lesson: 'process',
  seconds: 4,
  question: 'How does a program become a process, and who notices when it ends?',
  scenes: [
    {
      title: 'TWO CALLS: fork makes a process, exec gives it a program',
      guess: 'a process calls exec: does it get a new number?',
      async play(show) {
        const [first, second] = (await show.outside('sh -c \'echo $$; exec sh -c "echo \\$\\$"\'')).split(/\s+/);
        show.fact('exec', first === second ? 'another program, the same process' : 'another process');
        await show.outside('sh -c \'echo $$; sh -c "echo \\$\\$, child of \\$PPID"; true\'');
        show.why('there is no call for "start this program": between fork and exec the child does what it is told');
      },
    },
    {
      title: 'A CHILD WALKS ITS PLAN, and is your program at the end',
      guess: 'how many steps does the smallest container take?',
      async play(show) {
        const seen: ProcessFacts[] = [];
        const container = await show.container({
          args: ['sleep', '1000'],
          stack: upTo('process'),
          adjust: withGreeting,
          onStep: (_, __, pid) => void (pid && seen.push(processFacts(pid)!)),
        });
        const { file, start } = await quote('addon/shim/child.c#become_program');
        show.plus(`born, ${seen.length} steps until it waits for start; the last is execve`, `${file}:${start}`);
        const [before, after] = [seen[0]!, processFacts(container.pid)!];
        show.fact('before  number, name', `${before.pid}   ${before.name}`);
        show.fact('after   number, command', `${after.pid}   ${after.command}`, same(before.pid === after.pid));
        show.fact('        parent', `${after.parent}   (this demo)`, same(after.parent === process.pid));
        show.fact('        directory', readlinkSync(`/proc/${after.pid}/cwd`));
        const environment = readFileSync(`/proc/${after.pid}/environ`, 'utf8');
        show.fact('        environment', environment.split('\0').filter(Boolean).join('   '));
        show.why('nothing of ours is left in it: the plan was data, and the helper has become the program');
      },
    },
    {
      title: 'FOUR WAYS TO END',
      guess: 'kill -9: which exit code will the shell show?',
      async play(show) {
        for (const script of ['exit 0', 'exit 3', 'kill -9 $$', 'kill -TERM $$']) await ends(show, script);
        await show.outside('/no/such/program; echo $?');
        await show.outside('/etc/passwd; echo $?');
        show.why('wait(2) gives one number: an exit code, or a signal. A shell says 128 + n for signal n');
      },
    },
    {
      title: 'A ZOMBIE THAT NOBODY WAITS FOR',
      guess: `${CHILDREN} children end, and their parent never asks: what is left?`,
      async play(show) {
        await left(show, 'the parent never asks', `${brief}; ${asLong}`);
        await left(show, 'the parent waits', `${brief}; wait; ${asLong}`);
        show.why('Z is a zombie: only its number and how it ended, kept until its parent has asked');
      },
    },
  ],
  turn: ['./drydock begin process', 'write the child’s life, about 30 min'],
};

const withGreeting = (spec: Spec): Spec => ({
  ...spec,
  process: { ...spec.process, env: ['PATH=/usr/bin:/bin', 'HELLO=you'] },
});

const same = (isSo: boolean): Verdict | undefined => (isSo ? ['GOOD'] : ['BAD']);

async function ends(show: Show, script: string): Promise<void> {
  const container = await show.container({ args: ['sh', '-c', script], stack: upTo('process') });
  show.fact(`sh -c "${script}"`, String(await container.ended()));
}

async function left(show: Show, label: string, script: string): Promise<void> {
  const { pid } = await show.container({ args: ['sh', '-c', script], stack: upTo('process') });
  await until(() => readStat(pid)?.name === 'sleep');
  const states = (): string[] => childrenOf(pid).map(({ state }) => state);
  await until(() => states().every((state) => state === 'Z'));
  const found = states();
  show.fact(label, found.join(' ') || '(none: gone)', found.length ? ['BAD', 'nobody asks'] : ['GOOD']);
}
