/** A person before a terminal that is narrow: the keys of a demo, and a check that says nothing for a while. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Chalk } from 'chalk';
import { Terminal } from '../cli/tmux.ts';
import type { Demo, Show } from '../../src/learn/demo/demo.ts';
import { play } from '../../src/learn/demo/player.ts';
import type { Look } from '../../src/learn/look.ts';
import { projectHome } from '../../src/linux/native.ts';
import { begun, folder, read, write } from './support.ts';

const COLUMNS = 60;

describe('a demo that is interrupted', () => {
  it('says nothing more of what it was at', async () => {
    let said = '';
    const scene = {
      title: 'ONE',
      async play(show: Show): Promise<void> {
        show.fact('before', 'it is there');
        process.emit('SIGTERM');
        await setImmediate();
        show.fact('after', 'it is there', ['GOOD']);
      },
    };
    const demo: Demo = { lesson: 'pid', seconds: 1, question: 'Is it?', scenes: [scene], turn: ['./drydock', ''] };
    const look: Look = { columns: 80, style: new Chalk({ level: 0 }) };
    assert.equal(await play(demo, { look, write: (text) => void (said += text), command: '' }), 'interrupted');
    assert.match(said, /before +it is there[^]*LEFT BEHIND {2}processes 0/);
    assert.doesNotMatch(said, /after/);
  });
});

describe('a terminal of 60 columns', function () {
  this.timeout(120_000);
  let terminal: Terminal;
  beforeEach(() => {
    terminal = new Terminal({ DRYDOCK_ROOT: process.env.DRYDOCK_ROOT, DRYDOCK_RUN: process.env.DRYDOCK_RUN });
    terminal.resize(COLUMNS, 50);
  });
  afterEach(() => terminal.close());

  const drydock = (words: string): void => {
    const work = `DRYDOCK_WORK=${process.env.DRYDOCK_WORK ?? join(folder, 'work')}`;
    terminal.line(
      `clear; ${work} ${process.execPath} ${join(projectHome(), 'dist/drydock.cjs')} ${words}; echo code=$?`,
    );
  };

  /** What was printed wider than the terminal, below the command line. */
  const wide = (): string[] =>
    terminal
      .lines()
      .slice(1)
      .filter((line) => line.length > COLUMNS);

  it('has the steps of a demo’s container by one key, while that container runs', async () => {
    drydock('demo pid');
    await terminal.shows(/your guess/);
    terminal.press('Enter');
    await terminal.shows(/\[s\] shell inside {2}\[x\] steps/);
    assert.deepEqual(wide(), []);
    assert.match(terminal.screen(), /\[b\] back\n \[q\] quit$/);
    terminal.press('x');
    await terminal.shows(/execve\(\["sleep", *"1000"\]|isolators\/process\.ts:\d+[^]*\[Enter\] on/);
    terminal.press('q');
    await terminal.shows(/LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD\ncode=0/);
  });

  it('has every line of a difference, and the keys of watch', async () => {
    const work = await begun('pid');
    const long = `// ${'a word '.repeat(12)}`;
    write(work, 'pid/isolators/pid.ts', `${read(work, 'pid/isolators/pid.ts')}${long}\n`);
    drydock('watch pid');
    await terminal.shows(/^s solution · q quit$/m, 60_000);
    terminal.press('d');
    await terminal.shows(/^\+\/\/ a word [^]*^ {2}↪ +(a |word )+/m);
    assert.deepEqual(wide(), []);
    terminal.press('q');
    await terminal.shows(/^code=0$/m);
  });

  it('is offered no keys for a container where a demo has none', async () => {
    drydock('demo process');
    await terminal.shows(/your guess/);
    terminal.press('Enter');
    await terminal.shows(/\[Enter\] on {2}\[b\] back {2}\[q\] quit/);
    terminal.press('C-c');
    await terminal.shows(/^code=130$/m);
  });

  it('gets a shell without a word about job control where a container has no terminal', async () => {
    drydock('demo process');
    for (const scene of [1, 2]) {
      await terminal.shows(new RegExp(`^${scene}/4 [^]*your guess[^\\n]*$`, 'm'));
      terminal.press('Enter');
      await terminal.shows(new RegExp(`^${scene}/4 [^]*\\[q\\] quit`, 'm'));
      if (scene === 1) terminal.press('Enter');
    }
    assert.deepEqual(wide(), []);
    terminal.press('s');
    await terminal.shows(/leads back\)\n.*[#$] *$/);
    terminal.line('echo $((6 * 7)); exit');
    await terminal.shows(/^42\n[^]*\[q\] quit$/m);
    assert.doesNotMatch(terminal.screen(), /can't access tty|job control|NDELAY/);
    terminal.press('q');
    await terminal.shows(/^code=0$/m);
    assert.doesNotMatch(terminal.screen(), /YOUR TURN/);
  });

  it('is told what to do next also by who leaves behind the last scene', async () => {
    drydock('demo pid');
    for (const scene of [1, 2, 3, 4]) {
      await terminal.shows(new RegExp(`^${scene}/4 [^]*(your guess|\\[q\\] quit)`, 'm'));
      if (!/\[q\] quit$/.test(terminal.screen())) terminal.press('Enter');
      await terminal.shows(new RegExp(`^${scene}/4 [^]*\\[q\\] quit$`, 'm'));
      terminal.press(scene === 4 ? 'q' : 'Enter');
    }
    await terminal.shows(/LEFT BEHIND[^]*YOUR TURN {4}\.\/drydock begin pid[^]*^code=0$/m);
  });

  it('hears what a check is at that says nothing for seconds, and is free after Ctrl-C', async () => {
    const work = await begun('pid');
    write(work, 'pid/isolators/pid.ts', read(work, 'pid/isolators/pid.ts').replace('return [];', 'for (;;);'));
    drydock('check pid');
    await terminal.shows(/^ … {5}the container has its own PID namespace/m, 60_000);
    terminal.press('C-c');
    await terminal.shows(/^code=130$|outside\$ *$/m);
  });
});
