/** A client in a terminal, our own and the real `docker`: in a window that somebody draws larger, and at Ctrl-C. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import Docker from 'dockerode';
import { text } from 'node:stream/consumers';
import { projectHome } from '../../src/linux/native.ts';
import { Terminal } from '../cli/tmux.ts';
import { bridgeOfOwn, startEngine, type Server } from './engine-support.ts';
import { command, isInstalled, said, skipAll } from './support.ts';

const ours = `${process.execPath} ${join(projectHome(), 'dist/drydock.cjs')}`;

/** Says its size whenever a line comes, and the first time by itself when it is there. */
const SIZES = "sh -c 'while true; do stty size; read x; done'";

describe('a terminal', function () {
  this.timeout(120_000);
  let engine: Server | undefined;
  let terminal: Terminal | undefined;

  before(async function () {
    for (const name of ['docker', 'tmux']) if (!isInstalled(name)) skipAll(this, `no ${name} here`);
    engine = await startEngine(...bridgeOfOwn());
    await said(engine.docker('run', '-d', '--init', '--name', 'room', '--network', 'none', 'lab', 'sleep', '1000'));
  });
  after(async () => {
    if (engine) await command(engine.docker('rm', '-f', 'room', 'shown', 'ran', 'stubborn'));
    await engine?.end();
  });
  beforeEach(async () => {
    terminal = new Terminal({ DOCKER_HOST: engine!.host });
    await terminal.shows(/outside\$$/);
  });
  afterEach(() => terminal?.close());

  /** Draws the window to other sizes, one after the other: each has to arrive, and not the one before it. */
  async function follows(): Promise<void> {
    for (const [columns, rows] of [
      [70, 25],
      [91, 31],
      [60, 20],
    ] as const) {
      terminal!.resize(columns, rows);
      await arrives(rows, columns);
    }
  }

  /** Asks until the program says so: a size takes its time from here to there. */
  async function arrives(rows: number, columns: number): Promise<void> {
    for (let tries = 0; ; tries++) {
      terminal!.line('');
      try {
        return await terminal!.shows(new RegExp(`^${rows} ${columns}$`, 'm'), 1000);
      } catch (error) {
        if (tries === 8) throw error;
      }
    }
  }

  for (const [name, line] of [
    ['exec -it', 'exec -it room'],
    ['run -it', 'run --rm -it --name ran --network none lab'],
  ] as const)
    it(`has a size when the program starts, which follows ours: ${name}`, async () => {
      terminal!.line(`${ours} ${line} ${SIZES}`);
      await terminal!.shows(/^\d+ \d+$/m);
      assert.match(terminal!.screen(), /^24 80$/m);
      assert.doesNotMatch(terminal!.screen(), /^0 0$/m);
      await follows();
    });

  it('is left at the third Ctrl-C of a program that does not mind them', async () => {
    const stubborn = `sh -c 'trap "echo caught" INT; echo up; while :; do sleep 0.1; done'`;
    terminal!.line(`${ours} run --name stubborn --network none lab ${stubborn}; echo left with $?`);
    await terminal!.shows(/^up$/m);
    for (const heard of [/\^Ccaught/, /\^Ccaught\s+\^Ccaught/]) {
      terminal!.press('C-c');
      await terminal!.shows(heard);
    }
    terminal!.press('C-c');
    await terminal!.shows(/got 3 SIGTERM\/SIGINTs, forcefully exiting\s+left with 1/);
    assert.equal(await said(engine!.docker('inspect', '-f', '{{.State.Running}}', 'stubborn')), 'true');
    await said(engine!.docker('rm', '-f', 'stubborn'));
  });

  it('has a size that follows ours: attach, start -ai', async () => {
    await said(
      engine!.docker(
        'create',
        '-it',
        '--name',
        'shown',
        '--network',
        'none',
        'lab',
        'sh',
        '-c',
        'while true; do stty size; read x; done',
      ),
    );
    terminal!.line(`${ours} start -ai shown`);
    await follows();
    terminal!.press('C-p', 'C-q');
    await terminal!.shows(/outside\$$/);
    terminal!.line(`clear; ${ours} attach shown`);
    terminal!.resize(77, 22);
    await arrives(22, 77);
  });

  it('follows that of the real client: docker exec -it', async () => {
    terminal!.line(`docker exec -it room ${SIZES}`);
    await arrives(24, 80);
    await follows();
  });

  it('is kept by the engine until there is a terminal; the last one that was said counts', async () => {
    const room = new Docker({ socketPath: engine!.host.replace('unix://', '') }).getContainer('room');
    const shown = async (asked: object, started: object, size?: { h: number; w: number }): Promise<string> => {
      const streams = { Tty: true, AttachStdout: true, Cmd: ['stty', 'size'], ...asked };
      const exec = await room.exec({ ...streams, AttachStdin: true });
      if (size) await exec.resize(size);
      return (await text(await exec.start({ hijack: true, stdin: true, Tty: true, ...started }))).trim();
    };
    assert.equal(await shown({}, {}, { h: 12, w: 99 }), '12 99');
    assert.equal(await shown({ ConsoleSize: [13, 98] }, {}), '13 98');
    assert.equal(await shown({ ConsoleSize: [13, 98] }, { ConsoleSize: [0, 0] }), '13 98');
    assert.equal(await shown({ ConsoleSize: [13, 98] }, { ConsoleSize: [14, 97] }), '14 97');
    assert.equal(await shown({ ConsoleSize: [13, 98] }, {}, { h: 15, w: 96 }), '15 96');
  });
});
