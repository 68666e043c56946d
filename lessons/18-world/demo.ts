/**
 * Demo of lesson world: one config that three runtimes obey, what they say of a container, and what an isolator more does.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Demo, Show } from '../../src/learn/demo/demo.ts';
import { quote } from '../../src/learn/source.ts';
import { isolators } from '../../src/runtime/isolators/index.ts';
import type { Spec } from '../../src/runtime/spec.ts';
import { state } from '../../src/runtime/container.ts';
import { canWrite, sleeping } from './judged.ts';
import { landlock } from './landlock.ts';

/** The config that another runtime proposes; undefined where it is not installed. */
async function specOf(show: Show, runtime: string): Promise<Spec | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'world-'));
  try {
    process.env.BUNDLE = folder;
    await show.outside(`cd $BUNDLE && ${runtime} spec && ls`);
    const path = join(folder, 'config.json');
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Spec) : undefined;
  } finally {
    delete process.env.BUNDLE;
    rmSync(folder, { recursive: true });
  }
}

/** What they propose for programs of users other than root, but not as inheritable: the kernel refuses that. */
function withoutAmbient({ process: { capabilities } }: Spec): Spec['process']['capabilities'] {
  return { ...capabilities, ambient: [] };
}

export const demo: Demo = {
  lesson: 'world',
  seconds: 4,
  question: 'Who calls a runtime, and what would you build into it?',
  scenes: [
    {
      title: 'SOMEBODY ELSE’S CONFIG',
      guess: 'runc has written config.json. Who can run it?',
      async play(show) {
        for (const runtime of ['runc', 'crun']) {
          const theirs = await specOf(show, runtime);
          if (!theirs) {
            show.fact(`of ${runtime}`, 'is not installed here');
            continue;
          }
          show.fact(
            `of ${runtime}`,
            `OCI ${theirs.ociVersion}, ${Object.keys(theirs.linux ?? {}).length} parts of linux`,
          );
          const adjust = ({ root, process }: Spec): Spec => ({
            ...theirs,
            // The dock has device rules of its own, and no others in it.
            linux: { ...theirs.linux, resources: undefined },
            root: { ...root, readonly: theirs.root.readonly },
            process: { ...theirs.process, terminal: false, args: process.args, capabilities: withoutAmbient(theirs) },
          });
          const container = await show.container({ args: ['sleep', '1000'], adjust });
          await show.inside(container, 'hostname; touch /x 2>&1 | cut -d: -f3', (said) => [
            said.includes(runtime) && said.includes('Read-only') ? 'GOOD' : 'BAD',
          ]);
        }
        show.why('the config is a contract: who writes it need not know who obeys it');
      },
    },
    {
      title: 'WHAT A RUNTIME SAYS',
      guess: 'an engine asks for the state of a container. What does it learn?',
      async play(show) {
        const { id, pid } = await show.container({ args: ['sleep', '1000'] });
        const said = state(process.env.DRYDOCK_RUN ?? '/run/drydock', id);
        show.fact('state', `${said.status}, pid ${said.pid}`, [said.pid === pid ? 'GOOD' : 'BAD']);
        await show.outside(`tr '\\0' ' ' < /proc/${said.pid}/cmdline`);
        show.fact('and nothing of', 'image, name, network, volumes, who asked');
        show.why('everything that needs a memory of many containers is somebody else’s');
      },
    },
    {
      title: 'ONE ISOLATOR MORE',
      guess: 'root with CAP_SYS_ADMIN writes into /etc. What stops it?',
      async play(show) {
        const free = await show.container(sleeping(isolators, landlock));
        const before = await canWrite(free, '/tmp', '/etc');
        show.fact('without: root writes in', before, [before === '/tmp' ? 'GOOD' : 'BAD']);
        const walled = await show.container(sleeping(isolators, landlock, '/tmp'));
        const { file, start } = await quote('lessons/18-world/landlock.ts#landlock.steps');
        show.plus('a ruleset, a rule for /tmp, put on', `${file}:${start}`);
        await show.inside(walled, 'touch /etc/x', (said) => [said.includes('denied') ? 'GOOD' : 'BAD']);
        await show.inside(walled, 'touch /tmp/x && echo written');
        await show.inside(walled, 'mount -t tmpfs none /etc', (said) => [
          /denied|not permitted/.test(said) ? 'GOOD' : 'BAD',
        ]);
        show.why('it is not a question of rights: the process has put it on itself, and nobody takes it off');
      },
    },
  ],
  turn: ['./drydock begin world', 'an isolator of your own: about 40 min'],
};
