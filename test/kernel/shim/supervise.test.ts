import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { features } from '../../../src/linux/features.ts';
import { compiled, skip } from '../support.ts';
import { endStarted, eventually, INIT, isAlive, processesWith, step, supervise, withFolder } from './support.ts';

const sh = (script: string): string[] => ['/bin/sh', '-c', script];

describe('drydock-shim supervise', () => {
  afterEach(endStarted);

  it('exits with the exit code of the container', async () => {
    assert.equal(await supervise(sh('exit 7')).code, 7);
  });

  it('exits with 128 + n when signal n ended the container', async () => {
    assert.equal(await supervise(sh('kill -9 $$'), { cloneFlags: 0 }).code, 137);
  });

  it('exits with 125 when the container is never born', async () => {
    const container = supervise(['/bin/true'], { cloneFlags: 0x10000000 | 0x200 });
    await assert.rejects(container.born, /errno 22/);
    assert.equal(await container.code, 125);
  });

  it('writes status and signal to the file `exit`', () =>
    withFolder(async (folder) => {
      const state = openSync(folder, 'r');
      for (const [script, expected] of [
        ['exit 3', { status: 3, signal: 0 }],
        ['kill -15 $$', { status: 143, signal: 15 }],
      ] as const) {
        await supervise(sh(script), { cloneFlags: 0, stateFolder: state }).code;
        const { finished, ...found } = JSON.parse(readFileSync(join(folder, 'exit'), 'utf8')) as { finished: string };
        assert.deepEqual(found, expected);
        assert.match(finished, /^\d{4}-\d\d-\d\dT.*Z$/);
      }
      closeSync(state);
    }));

  it('has written the file `exit` while the ended container can still be seen', () =>
    withFolder(async (folder) => {
      const state = openSync(folder, 'r');
      const container = supervise(['/bin/sleep', '1000'], { stateFolder: state });
      const pid = await container.born;
      process.kill(container.pid, 'SIGSTOP');
      process.kill(pid, 'SIGKILL');
      await eventually('the container is a zombie', () => !isAlive(pid));
      assert.throws(() => readFileSync(join(folder, 'exit')));
      process.kill(container.pid, 'SIGCONT');
      await eventually('the zombie is gone', () => {
        try {
          process.kill(pid, 0);
          return false;
        } catch {
          return true;
        }
      });
      assert.match(readFileSync(join(folder, 'exit'), 'utf8'), /"status":137/);
      closeSync(state);
    }));

  it('stays below 1 MB of memory', async function () {
    const container = supervise(['/bin/sleep', '1000']);
    await container.born;
    const maps = readFileSync(`/proc/${container.pid}/maps`, 'utf8');
    if (maps.includes('libasan')) skip(this, 'the sanitizers need more');
    const [, resident] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${container.pid}/status`, 'utf8'))!;
    assert.ok(Number(resident) < 1024, `${resident} kB`);
  });

  it('passes on a signal that PID 1 catches', async () => {
    const container = supervise(sh('trap "exit 3" TERM; echo ready; while :; do sleep 0.01; done'));
    await container.says(/ready/);
    container.child.kill('SIGTERM');
    assert.equal(await container.code, 3);
  });

  it('passes on a signal that PID 1 waits for without catching it', async () => {
    const container = supervise([INIT, ...sh('trap "exit 4" TERM; echo ready; while :; do sleep 0.01; done')]);
    await container.says(/ready/);
    container.child.kill('SIGTERM');
    assert.equal(await container.code, 4);
  });

  it('kills a careless PID 1, for which the kernel would drop the signal', async () => {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      const container = supervise(['/bin/sleep', '1000']);
      const pid = await container.born;
      await eventually('it sleeps', () => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n');
      container.child.kill(signal);
      assert.equal(await container.code, code);
    }
  });

  it('leaves a signal alone that PID 1 ignores on purpose', async () => {
    const container = supervise(sh('trap "" TERM; trap "exit 5" USR1; echo ready; while :; do sleep 0.01; done'));
    await container.says(/ready/);
    container.child.kill('SIGTERM');
    container.child.kill('SIGUSR1');
    assert.equal(await container.code, 5);
  });

  it('leaves a signal alone that PID 1 has blocked, to take it later', async () => {
    // No shell: dash clears the mask by itself when it waits.
    const container = supervise(['/usr/bin/env', '--block-signal=TERM', 'tail', '-n', '1', '-f', '/etc/passwd']);
    await container.says(/:/);
    const pid = await container.born;
    container.child.kill('SIGTERM');
    await eventually('the signal is pending', () =>
      /^S[a-z]*Pnd:\s0*4000$/im.test(readFileSync(`/proc/${pid}/status`, 'utf8')),
    );
    container.child.kill('SIGINT');
    assert.equal(await container.code, 130);
  });

  it('gives the container all signals as they are by default, also those that the C library hides', async () => {
    const below = [compiled('deaf'), '$SHIM', 'supervise'] as const;
    const container = supervise(['/bin/cat', '/proc/self/status'], { below });
    assert.match(await container.says(/^SigIgn:.*$/m), /\t0{16}$/);
  });

  it('says which limit is too low for its descriptors', async () => {
    const below = ['prlimit', '--nofile=60', '$SHIM', 'supervise'] as const;
    const container = supervise(['/bin/true'], { below });
    await assert.rejects(container.born, /^Error: fcntl: errno 22$/);
    assert.equal(await container.code, 125);
  });

  it('ends processes that a container without a PID namespace leaves behind', async () => {
    const nap = `sleep ${70000 + process.pid}`;
    assert.equal(await supervise(sh(`(${nap} & ${nap} &); exit 5`), { cloneFlags: 0 }).code, 5);
    assert.deepEqual(processesWith(nap.replace(' ', '\0')), []);
  });

  it('kills the container when its own parent dies', async () => {
    const container = supervise(sh('trap "" TERM; echo ready; while :; do sleep 0.1; done'), {
      below: ['/bin/sh', '-c', '$SHIM supervise & wait'],
    });
    const pid = await container.born;
    await container.says(/ready/);
    container.child.kill('SIGKILL');
    await eventually('the container is gone', () => !isAlive(pid));
  });

  it('keeps no descriptor that was meant for the container', async () => {
    const container = supervise(sh('ls /proc/self/fd; sleep 1000'));
    const inside = await container.says(/^(?:\d+\n)+/);
    assert.deepEqual(inside.trim().split('\n'), ['0', '1', '2', '3']); // 3 is what ls reads
  });
});

/** A container with a terminal, below a terminal that script(1) makes. */
function inTerminal(command: readonly string[], before = 'true'): ReturnType<typeof supervise> {
  const below = ['script', '-qefc', `${before}; exec $SHIM supervise`, '/dev/null'] as const;
  return supervise(command, { terminal: true, below });
}

describe('drydock-shim supervise with a terminal', () => {
  afterEach(endStarted);

  it('gives the container the size of the window, at the start and when it changes', async () => {
    // Also the first one comes a moment later: this container has not been told it in its own plan.
    const until = (size: string): string => `until [ "$(stty size)" = "${size}" ]; do sleep 0.01; done; stty size`;
    const script = `${until('33 101')}; trap "echo resized" WINCH; echo ready; ${until('40 90')}`;
    const container = inTerminal(sh(script), 'stty rows 33 cols 101; echo on $(tty)');
    await container.says(/33 101\r\n/);
    await container.says(/ready/);
    execFileSync('stty', ['-F', /on (\S+)/.exec(container.out())![1]!, 'rows', '40', 'cols', '90']);
    await container.says(/resized\r\n(.*\n)*40 90\r\n/);
    assert.equal(await container.code, 0);
  });

  it('loses no byte to a slow reader', async () => {
    const container = inTerminal(sh('seq 1 60000; exit 9'));
    const screen = container.child.stdout as Readable;
    for (let pauses = 0; pauses < 5; pauses++) {
      await new Promise((resolve) => screen.once('data', resolve));
      screen.pause();
      await new Promise((resolve) => setTimeout(resolve, 20));
      screen.resume();
    }
    assert.equal(await container.code, 9);
    const lines = container.out().trim().split('\r\n');
    assert.deepEqual(
      lines,
      Array.from({ length: 60000 }, (_, i) => String(i + 1)),
    );
  });

  it('lets Ctrl-C interrupt inside, and nowhere else', async () => {
    const container = inTerminal(sh('trap "echo caught; exit 6" INT; echo ready; while :; do sleep 0.01; done'));
    await container.says(/ready/);
    container.child.stdin!.write('\x03');
    await container.says(/caught/);
    assert.equal(await container.code, 6);
  });

  for (const [name, script] of [
    ['after the container has ended', 'exit 0'],
    ['after a signal', 'kill -TERM $(cat %); while :; do :; done'],
  ] as const) {
    it(`restores the terminal ${name}`, () =>
      withFolder(async (folder) => {
        const file = join(folder, 'pid');
        const below = [
          'script',
          '-qefc',
          `sh -c 'echo $$ > ${file}; exec $SHIM supervise'; stty -a; grep flags /proc/self/fdinfo/[01]`,
          '/dev/null',
        ] as const;
        // No PID namespace, so that the number of the supervisor means something inside.
        const container = supervise(sh(script.replace('%', file)), { terminal: true, cloneFlags: 0, below });
        await container.code;
        assert.match(container.out(), /\sicanon/);
        assert.match(container.out(), /\sopost/);
        // O_NONBLOCK would be the shell's too.
        const flags = [...container.out().matchAll(/flags:\t(\d+)/g)].map(([, octal]) => parseInt(octal!, 8) & 0o4000);
        assert.deepEqual(flags, [0, 0]);
      }));
  }

  it('ends the container when the terminal goes away, also one that ignores the hang-up', async () => {
    // The shell between stays, so that this is not the death of the parent.
    const below = ['script', '-qefc', 'trap : HUP; $SHIM supervise; true', '/dev/null'] as const;
    const container = supervise(sh('trap "" HUP; echo ready; while :; do sleep 0.1; done'), { terminal: true, below });
    const pid = await container.born;
    await container.says(/ready/);
    container.child.kill('SIGKILL');
    await eventually('the container is gone', () => !isAlive(pid));
  });

  it('shows what a program says that has closed its terminal and opens it again', async function () {
    if (!features().tiocgptpeer) skip(this, 'nobody can hold the other end: no TIOCGPTPEER');
    const line = 'exec <&- >&- 2>&-; sleep 0.3; exec <>/dev/tty >&0; echo back; exit 4';
    const container = supervise(sh(line), { terminal: true });
    assert.equal(await container.code, 4);
    assert.match(container.out(), /back/);
  });

  it('types the end of file for input that is no terminal', async () => {
    const container = supervise(['/bin/cat'], { terminal: true });
    container.child.stdin!.end('no newline at the end');
    assert.equal(await container.code, 0);
    assert.match(container.out(), /no newline at the end.*no newline at the end/s);
  });

  it('goes on to the end when the container never makes its terminal', async () => {
    const container = supervise(['/bin/true'], { terminal: true, steps: [step('chdir', ['/nonexistent'])] });
    assert.equal(await container.code, 127);
  });
});
