import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSyscallError } from '../../../src/linux/calls.ts';
import { WUNTRACED } from '../../../src/linux/constants.ts';
import { EBADF, EINVAL, ENOENT, ENOEXEC } from '../../../src/linux/errno.ts';
import { native, type SpawnRequest } from '../../../src/linux/native.ts';
import { readStat } from '../../../src/linux/procfs.ts';
import { exitCode } from '../../../src/runtime/wait.ts';
import { Ballast } from '../ballast.ts';

/** Of this thread, zombies too. */
const children = () => fs.readFileSync('/proc/thread-self/children', 'utf8');

describe('spawn', () => {
  let folder: string;
  const opened: number[] = [];

  beforeEach(() => {
    folder = fs.mkdtempSync(join(tmpdir(), 'drydock-spawn-'));
  });
  afterEach(() => {
    opened.splice(0).forEach((fd) => fs.closeSync(fd));
    fs.rmSync(folder, { recursive: true });
  });

  const open = (path: string, flags = 'r'): number => {
    const fd = fs.openSync(path, flags);
    opened.push(fd);
    return fd;
  };
  /** Runs a shell script to its end: what it printed and how it ended. */
  const run = (script: string, request: Partial<SpawnRequest> = {}) => {
    const out = join(folder, 'out');
    const fds = [[open(out, 'w'), 1], [2, 2], ...(request.fds ?? [])] as [number, number][];
    const pid = native.spawn({
      exec: '/bin/sh',
      argv: ['sh', '-c', script],
      env: ['PATH=/bin:/usr/bin'],
      ...request,
      fds,
    });
    const { status } = native.waitpid(pid, 0)!;
    return { text: fs.readFileSync(out, 'utf8'), pid, code: exitCode(status) };
  };
  const file = (name: string): number => {
    fs.writeFileSync(join(folder, name), name);
    return open(join(folder, name));
  };

  it('passes descriptors whose numbers collide with each other', () => {
    const [a, b, c] = [file('a'), file('b'), file('c')];
    const { text } = run([a, b, c, 3].map((fd) => `cat /proc/self/fd/${fd}`).join(';'), {
      fds: [
        [a, b],
        [b, c],
        [c, a],
        [a, 3],
      ],
    });
    assert.equal(text, 'caba');
  });

  it('passes a descriptor under its own number', () => {
    const a = file('a');
    assert.equal(run(`cat /proc/self/fd/${a}`, { fds: [[a, a]] }).text, 'a');
  });

  it('takes no descriptor of ours for those that are not in each other’s way', () => {
    const all = Array.from({ length: 60 }, (_, i) => file(`n${i}`));
    const limited = (soft: number | string): Buffer =>
      execFileSync('prlimit', [`--pid=${process.pid}`, `--nofile=${soft}:`], { stdio: 'ignore' });
    const before = /^Max open files +(\d+)/m.exec(fs.readFileSync('/proc/self/limits', 'utf8'))![1]!;
    limited(Math.max(...all) + 20);
    try {
      assert.equal(run('cat /proc/self/fd/5 /proc/self/fd/64', { fds: all.map((fd, i) => [fd, i + 5]) }).text, 'n0n59');
    } finally {
      limited(before);
    }
  });

  it('runs a program that is a descriptor, also when a target has its number', () => {
    const program = open(fs.realpathSync('/bin/sh'));
    const argv = ['sh', '-c', `cat /proc/self/fd/${program}`];
    assert.equal(run('', { exec: `/proc/self/fd/${program}`, argv, fds: [[file('b'), program]] }).text, 'b');
  });

  it('is born into the network namespace of a descriptor, and this process stays where it is', () => {
    const ask = 'readlink /proc/self/ns/net';
    const holder = native.spawn({
      exec: '/bin/sh',
      argv: ['sh', '-c', 'exec unshare --net sh -c "kill -STOP \\$\\$"'],
      env: ['PATH=/bin:/usr/bin'],
      fds: [],
    });
    try {
      native.waitpid(holder, WUNTRACED);
      const own = run(ask).text;
      const there = `${fs.readlinkSync(`/proc/${holder}/ns/net`)}\n`;
      assert.notEqual(there, own);
      assert.equal(run(ask, { network: open(`/proc/${holder}/ns/net`) }).text, there);
      assert.equal(run(ask).text, own);
      assert.throws(
        () => run(ask, { network: file('a') }),
        (error) => isSyscallError(error, EINVAL) && error.call === 'setns',
      );
    } finally {
      process.kill(holder, 'SIGKILL');
      native.waitpid(holder, 0);
    }
  });

  it('leaves no other descriptor open, and /dev/null where a standard one is not named', () => {
    // It stops itself: then its loader has closed what it opened.
    const argv = ['sh', '-c', 'kill -STOP $$'];
    const pid = native.spawn({ exec: '/bin/sh', argv, env: [], fds: [[file('a'), 5]] });
    native.waitpid(pid, WUNTRACED);
    try {
      const at = `/proc/${pid}/fd`;
      assert.deepEqual(fs.readdirSync(at).sort(), ['0', '1', '2', '5']);
      for (const fd of [0, 1, 2]) assert.equal(fs.readlinkSync(`${at}/${fd}`), '/dev/null');
    } finally {
      process.kill(pid, 'SIGKILL');
      native.waitpid(pid, 0);
    }
  });

  it('gives the child no signal ignored or blocked, and the environment and folder that were named', () => {
    const { text } = run(
      'grep -E "^Sig(Blk|Ign|Cgt)" /proc/self/status; env | grep -v -e ^PWD -e ^_ -e SHLVL -e OLDPWD; pwd -P',
      {
        cwd: folder,
        env: ['A=1', 'PATH=/bin:/usr/bin'],
      },
    );
    assert.match(text, /SigBlk:\t0{16}\nSigIgn:\t0{16}/);
    assert.match(text, /A=1\nPATH=\/bin:\/usr\/bin\n/);
    assert.ok(text.endsWith(`${fs.realpathSync(folder)}\n`));
  });

  it('makes a new session only when asked to', () => {
    const session = (pid: number) => readStat(pid)?.session;
    for (const leads of [true, false]) {
      const pid = native.spawn({ exec: '/bin/sleep', argv: ['sleep', '60'], env: [], fds: [], session: leads });
      assert.equal(session(pid), leads ? pid : session(process.pid));
      process.kill(pid, 'SIGKILL');
      assert.equal(exitCode(native.waitpid(pid, 0)!.status), 128 + 9);
    }
  });

  it('throws what the kernel said when the program cannot be executed, and leaves nothing behind', () => {
    fs.writeFileSync(join(folder, 'nonsense'), '\x7fnonsense', { mode: 0o755 });
    const [before, childrenBefore] = [fs.readdirSync('/proc/self/fd').length, children()];
    const attempt =
      (exec: string, fds: [number, number][] = []) =>
      () =>
        native.spawn({ exec, argv: [exec], env: [], fds });
    assert.throws(attempt('/nowhere/at/all'), (error) => isSyscallError(error, ENOENT) && error.call === 'posix_spawn');
    assert.throws(attempt(join(folder, 'nonsense')), (error) => isSyscallError(error, ENOEXEC));
    assert.throws(attempt('/bin/true', [[9999, 3]]), (error) => isSyscallError(error, EBADF));
    assert.throws(
      attempt('/bin/true', [
        [0, 3],
        [1, 3],
      ]),
      TypeError,
    );
    assert.equal(fs.readdirSync('/proc/self/fd').length, before);
    assert.deepEqual(children(), childrenBefore);
  });

  it('copies no page table of the Node that it starts from', async () => {
    const ballast = new Ballast();
    const faults = await ballast.faultsAfter(() => {
      native.waitpid(native.spawn({ exec: '/bin/true', argv: ['true'], env: [], fds: [] }), 0);
    });
    assert(faults < ballast.pages / 4, `${faults} faults in ${ballast.pages} pages`);
  });
});
