/** The descriptors of the program: its own three, what it was given on purpose, and none that only happened to be open. */
import assert from 'node:assert/strict';
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { O_NONBLOCK, O_PATH, O_RDWR } from '../../../../src/linux/constants.ts';
import { native } from '../../../../src/linux/native.ts';
import { create } from '../../../../src/runtime/container.ts';
import type { Isolator } from '../../../../src/runtime/isolator.ts';
import { isolators } from '../../../../src/runtime/isolators/index.ts';
import { slot } from '../../../../src/runtime/plan.ts';
import { shellBelow } from '../../below.ts';
import { boxed, folder, fresh, leavesNothing, shell, specOf, withBox } from '../../support.ts';

describe('the descriptors of a program', function () {
  leavesNothing();

  it('has its descriptors 0, 1 and 2, and no other', async () => {
    const extra = openSync('/etc/hostname', 'r');
    await withBox(boxed({ spec: specOf({ args: ['sleep', '1000'] }) }), ({ pid }) => {
      assert.deepEqual(readdirSync(`/proc/${pid}/fd`), ['0', '1', '2']);
    });
    closeSync(extra);
  });

  it('has no other either when a step of the plan has left one open', async () => {
    const careless: Isolator = {
      name: 'careless',
      summary: 'leaves a descriptor open, without close-on-exec',
      phase: 'limits',
      steps(plan) {
        plan.open('/', O_PATH).into('leak');
        plan.dup2(slot('leak'), 9);
      },
    };
    const stack = [...isolators, careless];
    await withBox(boxed({ spec: specOf({ args: ['sleep', '1000'] }), isolators: stack }), ({ pid }) => {
      assert.deepEqual(readdirSync(`/proc/${pid}/fd`), ['0', '1', '2']);
    });
  });

  it('has exactly the next N descriptors with --preserve-fds', () => {
    const files = ['/etc/hostname', '/etc/passwd', '/etc/group'].map((path) => openSync(path, 'r'));
    const line = 'ls /proc/$$/fd; readlink /proc/$$/fd/3; readlink /proc/$$/fd/4; cat <&4';
    const { text } = shellBelow([], line, 2, files);
    files.forEach((fd) => closeSync(fd));
    assert.match(text, /^0\n1\n2\n3\n4\n\/etc\/hostname\n\/etc\/passwd\nroot:x:0:/);
  });

  it('may open its standard output anew when that is a pipe, also as another user', async () => {
    const fifo = join(folder, fresh('fifo'));
    native.mkfifo(fifo, 0o600);
    const pipe = openSync(fifo, O_RDWR | O_NONBLOCK);
    const file = openSync(join(folder, fresh('file')), 'w');
    const user = { uid: 1000, gid: 1000 };
    const nothing = openSync('/dev/null', 'r+');
    const line = 'echo again > /dev/stdout';
    await withBox(boxed({ spec: specOf({ args: ['sh', '-c', line], user }), stdio: [nothing, pipe, file] }), (box) =>
      box.wait(),
    );
    const bytes = Buffer.alloc(10);
    assert.equal(bytes.toString('utf8', 0, readSync(pipe, bytes)), 'again\n');
    assert.deepEqual([fstatSync(file).uid, statSync('/dev/null').uid], [0, 0], 'what is the host’s stays the host’s');
    for (const fd of [pipe, file, nothing]) closeSync(fd);
  });

  it('runs under a low limit of open files, or is told which limit is too low', () => {
    assert.equal(shellBelow(['prlimit', '--nofile=200', '--'], 'echo runs').text, 'runs\n');
    assert.throws(() => shellBelow(['prlimit', '--nofile=70:70', '--'], 'true'), /ulimit -n/);
  });

  it('may be 1024 at first, as at the first process of the machine, and more on its demand', async () => {
    const { text } = await shell('ulimit -Sn; ulimit -Hn; ulimit -Sn $(ulimit -Hn) && ulimit -Sn');
    const [soft, hard, raised] = text.split('\n').map(Number);
    assert.deepEqual([soft, raised], [1024, hard]);
    assert(hard! > 1024);
  });

  it('are refused by number when one that shall go along is not open', async () => {
    assert.throws(() => shellBelow([], 'true', 50), /50 descriptors shall be passed on, but \d+ is not open/);
    for (const preserveFds of [-1, NaN, 1.5])
      await assert.rejects(create(boxed({ spec: specOf({ args: ['true'] }), preserveFds })), { code: 'BAD_USAGE' });
  });
});
