/** Descriptors that the child makes and the parent needs: a terminal's master, the listener of a seccomp filter. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, readSync } from 'node:fs';
import { SECCOMP_RET_ALLOW, SECCOMP_RET_USER_NOTIF } from '../../../src/linux/constants.ts';
import { features } from '../../../src/linux/features.ts';
import { native } from '../../../src/linux/native.ts';
import type { Isolator } from '../../../src/runtime/isolator.ts';
import { isolators } from '../../../src/runtime/isolators/index.ts';
import { slot } from '../../../src/runtime/plan.ts';
import { boxed, compiled, leavesNothing, output, skip, specOf, until, withBox } from '../support.ts';

const SECCOMP_FILTER_FLAG_NEW_LISTENER = 8;

/** Asks the parent about each mkdir, and gives the listener to `take`. */
function asking(take: (listener: number) => void): Isolator {
  return {
    name: 'asking',
    summary: 'asks outside about each directory',
    phase: 'filter-early',
    steps(plan) {
      const filter = native.compileFilter({
        default: SECCOMP_RET_ALLOW,
        rules: [{ names: ['mkdir', 'mkdirat'], action: SECCOMP_RET_USER_NOTIF }],
      });
      plan.seccomp(filter, SECCOMP_FILTER_FLAG_NEW_LISTENER, 0).into('listener');
      plan.send_fd(null, slot('listener'), 'listener');
    },
    at: {
      created(_claim, { fds }) {
        take(fds.get('listener')!);
        fds.delete('listener');
      },
    },
  };
}

/** Lets a program answer one question on the listener: what it printed. */
function answerOne(listener: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const child = spawn(compiled('answer'), [], { stdio: ['ignore', 'pipe', 'inherit', listener] });
    child.stdout!.setEncoding('utf8').on('data', (more: string) => (text += more));
    child.on('close', (code) =>
      code === 0 ? resolve(text) : reject(new Error(`the answering program ended with ${code}`)),
    );
  });
}

describe('a descriptor from inside', function () {
  leavesNothing();

  it('is the listener of a seccomp filter, on which the parent answers for the kernel', async function () {
    if (!features().seccompListener) skip(this, 'no seccomp listeners');
    let listener = -1;
    const out = output();
    const spec = specOf({ args: ['sh', '-c', 'mkdir /tmp/not-made; echo $?; test -e /tmp/not-made || echo none'] });
    const stack = [...isolators, asking((fd) => (listener = fd))];
    await withBox(boxed({ spec, isolators: stack, stdio: out.stdio }), async (box) => {
      assert(listener >= 0);
      const [number, pid] = (await answerOne(listener)).trim().split(' ').map(Number);
      assert([native.syscallNumber('mkdir'), native.syscallNumber('mkdirat')].includes(number));
      assert(pid! > 0 && pid !== box.pid, 'it was the child of the shell who asked');
      assert.equal(await box.wait(), 0);
    });
    assert.match(out.text(), /Read-only file system\n1\nnone\n$/);
    closeSync(listener);
    out.close();
  });

  it('is closed when nobody takes it', async function () {
    if (!features().seccompListener) skip(this, 'no seccomp listeners');
    const out = output();
    const careless: Isolator = { ...asking(() => undefined), at: {} };
    const spec = specOf({ args: ['sh', '-c', 'mkdir /tmp/not-made'] });
    await withBox(boxed({ spec, isolators: [...isolators, careless], stdio: out.stdio }), (box) => box.wait());
    assert.match(out.text(), /Function not implemented/, 'what the kernel answers when no listener is open');
    out.close();
  });

  it('is the master of the terminal, over the console socket of whoever creates', async () => {
    const [ours, theirs] = native.seqpacketPair();
    const spec = specOf({
      args: ['sh', '-c', 'tty; stty size; test -c /dev/console && echo console; sleep 1000'],
      terminal: true,
    });
    const options = boxed({ spec, consoleSocket: theirs, size: { rows: 30, columns: 70 } });
    await withBox(options, async () => {
      const { data, fds } = native.receive(ours)!;
      assert.equal(data.toString(), '/dev/ptmx');
      const master = fds[0]!;
      let text = '';
      const bytes = Buffer.alloc(1024);
      await until('the end of what it says', () => {
        text += bytes.toString('utf8', 0, readSync(master, bytes));
        return text.includes('console');
      });
      assert.equal(text, '/dev/pts/0\r\n30 70\r\nconsole\r\n');
      closeSync(master);
    });
    for (const fd of [ours, theirs]) closeSync(fd);
  });

  it('is a master whose other end belongs to the user of the program', async () => {
    const [ours, theirs] = native.seqpacketPair();
    const line = 'echo by name > $(tty); echo through > /dev/stdout; exec sleep 1000';
    const spec = specOf({ args: ['sh', '-c', line], terminal: true, user: { uid: 1000, gid: 1000 } });
    await withBox(boxed({ spec, consoleSocket: theirs }), async () => {
      const master = native.receive(ours)!.fds[0]!;
      let text = '';
      const bytes = Buffer.alloc(1024);
      await until('the end of what it says', () => {
        text += bytes.toString('utf8', 0, readSync(master, bytes));
        return text.split('\n').length > 2;
      });
      assert.equal(text, 'by name\r\nthrough\r\n');
      closeSync(master);
    });
    for (const fd of [ours, theirs]) closeSync(fd);
  });
});
