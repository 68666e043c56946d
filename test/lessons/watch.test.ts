import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Terminal } from '../cli/tmux.ts';
import { findLesson, lessons } from '../../src/learn/lessons.ts';
import type { Workspace } from '../../src/learn/workspace.ts';
import { projectHome } from '../../src/linux/native.ts';
import { begun, drydock, read, source, starting, write } from './support.ts';

const SLOW_MS = 60_000;

describe('drydock watch', function () {
  this.timeout(180_000);

  it('checks at once and at every save, and is loud at the end', async () => {
    const work = await begun('pid');
    const watching = starting(['watch', 'pid']);
    await watching.says('FAIL  the container has its own PID namespace');
    write(work, 'pid/isolators/pid.ts', source('src/runtime/isolators/pid.ts'));
    await watching.says('FAIL  the exit code of the program is that of the container');
    write(work, 'pid/init/drydock-init.c', source('addon/init/drydock-init.c'));
    await watching.says('PID: ALL 10 HOLD');
    await watching.says('./drydock solution pid to compare with ours\n');
    assert.match(watching.output(), /next: \.\/drydock begin \w+, or/);
    assert.match(drydock(['progress']).out, /04 pid .* passed \d{4}-/);
    watching.process.kill('SIGTERM');
    await watching.ended;
  });

  it('shows what a learner’s code prints, and lives on when it ends its process', async () => {
    const work = await begun('pid');
    const watching = starting(['watch', 'pid']);
    await watching.says('FAIL');
    const text = read(work, 'pid/isolators/pid.ts').replace('return [];', "console.log('from me'); process.exit(0);");
    write(work, 'pid/isolators/pid.ts', text);
    await watching.says('from me');
    await watching.says('your code has ended the whole check');
    await watching.says('the check has ended without an answer');
    write(work, 'pid/isolators/pid.ts', source('src/runtime/isolators/pid.ts'));
    await watching.says('FAIL  the exit code of the program is that of the container');
    watching.process.kill('SIGTERM');
    await watching.ended;
  });

  it('answers to single keys', async () => {
    const work = await begun('pid');
    const terminal = new Terminal();
    try {
      const env = `DRYDOCK_WORK=${work.root}`;
      terminal.resize(80, 50);
      terminal.line(`${env} ${process.execPath} ${join(projectHome(), 'dist/drydock.cjs')} watch pid; echo code=$?`);
      await terminal.shows(/q quit/, SLOW_MS);
      terminal.press('h');
      await terminal.shows(/hint 1 of 3: .*\nsave to check · n next/);
      terminal.press('h');
      await terminal.shows(/hint 2 of 3/);
      terminal.press('d');
      await terminal.shows(/nothing yet/);
      terminal.press('s');
      await terminal.shows(/have held yet/);
      terminal.press('n');
      await terminal.shows(/pid has not been passed yet: n goes on when all of its checks have held\nsave to check/);
      write(work, 'pid/isolators/pid.ts', source('src/runtime/isolators/pid.ts'));
      await terminal.shows(/5 of 10/, SLOW_MS);
      terminal.press('q');
      await terminal.shows(/^code=0$/m);
    } finally {
      terminal.close();
    }
  });

  it('goes on with the lesson that it names: the next one that has not been passed', async () => {
    const work = await begun('pid');
    write(work, 'pid/isolators/pid.ts', source('src/runtime/isolators/pid.ts'));
    write(work, 'pid/init/drydock-init.c', source('addon/init/drydock-init.c'));
    passedBefore(work, ['names', 'user', 'network']);
    const terminal = new Terminal();
    try {
      const env = `DRYDOCK_WORK=${work.root}`;
      terminal.resize(80, 50);
      terminal.line(`${env} ${process.execPath} ${join(projectHome(), 'dist/drydock.cjs')} watch pid; echo code=$?`);
      await terminal.shows(/next: press n for lesson cgroups/, SLOW_MS);
      passedBefore(
        work,
        lessons.map(({ name }) => name),
      );
      terminal.press('n');
      await terminal.shows(/every lesson has been passed: there is none to go on with\nsave to check/);
      passedBefore(work, ['names', 'pid', 'user', 'network']);
      terminal.press('n');
      await terminal.shows(/^lesson cgroups: /m);
      terminal.press('q');
      await terminal.shows(/^code=0$/m, SLOW_MS);
    } finally {
      terminal.close();
    }
  });
});

function passedBefore(work: Workspace, names: readonly string[]): void {
  const passed = { best: 1, of: 1, passed: '2020-01-01T00:00:00Z', solved: [] };
  write(work, '.drydock/progress.json', JSON.stringify(Object.fromEntries(names.map((name) => [name, passed]))));
}

describe('drydock next', () => {
  it('names the first lesson that has not been passed, and what to do with it', async () => {
    const work = await begun('pid');
    assert.match(drydock(['next', '--json']).out, /^\{"lesson":"\w+"\}$/m);
    const others = drydock(['progress']).out.matchAll(/^ \d\d (\w+) .*not begun$/gm);
    const passed = { best: 1, of: 1, passed: '2020-01-01T00:00:00Z', solved: [] };
    const all = Object.fromEntries([...others].map(([, name]) => [name, passed]));
    write(work, '.drydock/progress.json', JSON.stringify(all));
    assert.match(drydock(['next']).out, /lesson 04, pid[^]*drydock check pid/);
    write(work, '.drydock/progress.json', JSON.stringify({ ...all, pid: passed }));
    assert.match(drydock(['next']).out, /you have passed every lesson/);
    const { user: _, ...withoutUser } = all;
    write(work, '.drydock/progress.json', JSON.stringify({ ...withoutUser, pid: passed }));
    const { seconds } = await findLesson('user').parts.demo();
    assert.match(drydock(['next']).out, new RegExp(`drydock demo user +watch it, about ${seconds} s$`, 'm'));
  });
});
