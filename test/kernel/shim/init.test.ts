import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { endStarted, eventually, INIT, PUPPET, start, stateOf, supervise } from './support.ts';

const sh = (script: string): string[] => ['/bin/sh', '-c', script];

/** Children of a process, with their states. */
function childrenOf(pid: number): { pid: number; state?: string }[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  return children.map((child) => ({ pid: child, state: stateOf(child) }));
}

describe('drydock-init', () => {
  afterEach(endStarted);

  it('exits with the exit code of its program', async () => {
    assert.equal(await supervise([INIT, ...sh('exit 7')]).code, 7);
  });

  it('exits with 128 + n when signal n ended its program', async () => {
    assert.equal(await supervise([INIT, '--', ...sh('kill -9 $$')]).code, 137);
  });

  it('exits with the exit code of its program also when it was started with SIGCHLD ignored', async () => {
    assert.equal(await start('env', ['--ignore-signal=CHLD', INIT, ...sh('exit 7')]).code, 7);
  });

  it('exits with 127, and says so, when the program is not there', async () => {
    const container = supervise([INIT, 'no-such-program']);
    assert.equal(await container.code, 127);
    assert.match(container.err(), /drydock-init: no-such-program: No such file or directory/);
    assert.equal(await supervise([INIT, '/etc/passwd/below-a-file']).code, 127);
  });

  it('exits with 126, and says so, when the program cannot be executed', async () => {
    const container = supervise([INIT, '/etc/passwd']);
    assert.equal(await container.code, 126);
    assert.match(container.err(), /drydock-init: \/etc\/passwd: Permission denied/);
  });

  it('reaps orphans, also many that end at once', async () => {
    const orphans = 'for i in 1 2 3 4 5 6 7 8; do (sleep 1000 &); done';
    const container = supervise([INIT, ...sh(`${orphans}; echo ready; sleep 1000`)]);
    const init = await container.born;
    await container.says(/ready/);
    await eventually('the orphans are children of PID 1', () => childrenOf(init).length === 9);
    // While it is stopped all of them end, and the kernel keeps one SIGCHLD for eight.
    process.kill(init, 'SIGSTOP');
    for (const { pid } of childrenOf(init).slice(1)) process.kill(pid, 'SIGKILL');
    await eventually('eight zombies', () => childrenOf(init).filter(({ state }) => state === 'Z').length === 8);
    process.kill(init, 'SIGCONT');
    await eventually('only the program is left', () => childrenOf(init).length === 1);
  });

  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const) {
    it(`passes on ${signal}, although it has no handler for it`, async () => {
      const container = supervise([INIT, ...sh('echo ready; while :; do :; done')]);
      await container.says(/ready/);
      process.kill(await container.born, signal);
      assert.equal(await container.code, code);
    });
  }

  it('passes on what has come before it was ready, and its program has no signal blocked', async () => {
    // What is pending stays so over an execve, as long as it is blocked.
    const before = `kill -TERM $$; exec ${INIT} sleep 1000`;
    assert.equal(await start('env', ['--block-signal=TERM', ...sh(before)]).code, 143);
    const asked = start('env', ['--block-signal', INIT, 'grep', 'SigBlk', '/proc/self/status']);
    assert.equal(await asked.code, 0);
    assert.match(asked.out(), /SigBlk:\s+0+$/m);
  });

  it('passes a signal on to all that its program has started', async () => {
    const container = supervise([
      INIT,
      ...sh(
        'trap "wait; exit 3" TERM; sh -c \'trap "echo child; exit" TERM; echo ready; while :; do sleep 0.01; done\' & wait; wait',
      ),
    ]);
    await container.says(/ready/);
    process.kill(await container.born, 'SIGTERM');
    await container.says(/child/);
    assert.equal(await container.code, 3);
  });

  it('gives its program the foreground of the terminal: it may read, and gets the keys', async () => {
    const script = 'read line; echo "got $line"; trap "exit 6" INT; echo ready; while :; do sleep 0.01; done';
    const container = supervise([INIT, ...sh(script)], {
      terminal: true,
      below: ['script', '-qefc', 'exec $SHIM supervise', '/dev/null'],
    });
    container.child.stdin!.write('hello\r');
    await container.says(/got hello.*ready/s);
    container.child.stdin!.write('\x03');
    assert.equal(await container.code, 6);
  });

  it('says how it is used when there is no program', async () => {
    const init = start(INIT, ['--']);
    assert.equal(await init.code, 125);
    assert.match(init.err(), /usage: drydock-init/);
  });
});

describe('drydock-puppet', () => {
  afterEach(endStarted);

  /** The puppet as PID 1, with the lines that it said and a way to give it orders. */
  function puppet(script: string) {
    const running = start('unshare', ['-pf', '--kill-child', PUPPET, ...sh(script)], ['pipe']);
    const strings = running.child.stdio[3] as unknown as Duplex;
    const lines: string[] = [];
    let rest = '';
    strings.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop()!;
      lines.push(...parts);
    });
    const heard = async (pattern: RegExp): Promise<string> => {
      await eventually(`it says ${String(pattern)}`, () => lines.some((line) => pattern.test(line)));
      return lines.splice(
        lines.findIndex((line) => pattern.test(line)),
        1,
      )[0]!;
    };
    return { ...running, heard, order: (line: string) => strings.write(line), cut: () => strings.destroy() };
  }

  it('reports signals and does only what it is told', async () => {
    const { heard, order, code } = puppet('exit 5');
    const child = await heard(/^child/);
    assert.equal(child, 'child 2');
    assert.equal(await heard(/^signal/), 'signal 17');
    order('wait\n');
    assert.equal(await heard(/^reaped|^none/), `reaped 2 ${5 << 8}`);
    order('wait\n');
    assert.equal(await heard(/^reaped|^none/), 'none');
    order('kill 2 15\n');
    assert.equal(await heard(/^ok|^errno/), 'errno 3');
    order('dance\n');
    assert.equal(await heard(/^errno/), 'errno 22');
    order('exit 9\n');
    assert.equal(await code, 9);
  });

  it('understands orders that come in pieces', async () => {
    const { heard, order, code } = puppet('sleep 1000');
    await heard(/^child/);
    order('kill 2');
    order(' 9\nwa');
    assert.equal(await heard(/^ok/), 'ok');
    await heard(/^signal 17/);
    order('it\nexit 0\n');
    assert.equal(await heard(/^reaped/), 'reaped 2 9');
    assert.equal(await code, 0);
  });

  it('ends when nobody holds its strings', async () => {
    const { heard, cut, code } = puppet('sleep 1000');
    await heard(/^child/);
    cut();
    assert.equal(await code, 125);
  });
});
