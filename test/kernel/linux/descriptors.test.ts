import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { isSyscallError } from '../../../src/linux/calls.ts';
import { LOCK_EX, LOCK_NB, LOCK_UN } from '../../../src/linux/constants.ts';
import { EAGAIN, EMSGSIZE, EPERM, EPIPE } from '../../../src/linux/errno.ts';
import { features } from '../../../src/linux/features.ts';
import { native } from '../../../src/linux/native.ts';
import { exitCode } from '../../../src/runtime/wait.ts';
import { skip } from '../support.ts';

const closing = <T>(fds: number[], body: () => T): T => {
  try {
    return body();
  } finally {
    fds.forEach((fd) => fs.closeSync(fd));
  }
};
const refusedWith = (errno: number) => (error: unknown) => isSyscallError(error, errno);

describe('a sealed copy', () => {
  it('cannot be written, not even by root through /proc', function () {
    if (!features().memfd) skip(this, 'no memfd, and so no seals');
    const copy = native.sealedCopy('/bin/true');
    closing([copy], () => {
      const again = fs.openSync(`/proc/self/fd/${copy}`, 'r+');
      closing([again], () => {
        assert.throws(() => fs.writeSync(again, 'x'), { code: 'EPERM' });
        assert.throws(() => fs.ftruncateSync(again, 0), { code: 'EPERM' });
        assert.throws(() => fs.ftruncateSync(again, 1 << 20), { code: 'EPERM' });
      });
      assert.ok(fs.readFileSync(`/proc/self/fd/${copy}`).equals(fs.readFileSync('/bin/true')));
    });
  });

  it('can be executed, also while it is open', () => {
    const copy = native.sealedCopy('/bin/true');
    closing([copy], () => {
      const pid = native.spawn({ exec: `/proc/self/fd/${copy}`, argv: ['true'], env: [], fds: [] });
      assert.equal(exitCode(native.waitpid(pid, 0)!.status), 0);
    });
  });

  it('of a file that is not there is refused', () => {
    assert.throws(() => native.sealedCopy('/nowhere'), { code: 'SYSCALL', call: 'open' });
  });
});

describe('an anonymous file', () => {
  it('holds the data from its start and cannot be changed', () => {
    const data = Buffer.alloc(300_000, 'plan');
    const fd = native.anonymousFile(data);
    closing([fd], () => {
      assert.ok(fs.readFileSync(fd).equals(data));
      assert.throws(
        () => fs.writeSync(fd, 'x'),
        (error: NodeJS.ErrnoException) => ['EPERM', 'EBADF'].includes(error.code!),
      );
    });
  });

  it('may be empty', () => {
    const fd = native.anonymousFile('');
    closing([fd], () => assert.equal(fs.fstatSync(fd).size, 0));
  });
});

describe('a conversation', () => {
  const pair = (body: (ours: number, theirs: number) => void) => {
    const [ours, theirs] = native.seqpacketPair();
    closing([ours, theirs], () => body(ours, theirs));
  };

  it('carries messages one by one, with descriptors that are close-on-exec', () => {
    pair((ours, theirs) => {
      const file = native.anonymousFile('passed');
      closing([file], () => native.send(theirs, Buffer.from('first'), [file, file]));
      native.send(theirs, 'second');
      const first = native.receive(ours)!;
      assert.equal(first.data.toString(), 'first');
      assert.equal(first.fds.length, 2);
      closing(first.fds, () => {
        assert.equal(fs.readFileSync(first.fds[0]!, 'utf8'), 'passed');
        for (const fd of first.fds)
          assert.match(fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'), /flags:\s+02\d{6}/);
      });
      assert.deepEqual(native.receive(ours), { data: Buffer.from('second'), fds: [] });
    });
  });

  it('does not block on our side', () => {
    pair((ours) => assert.equal(native.receive(ours), null));
  });

  it('ends with undefined, and what was said before the end is heard, also when our own words were not', () => {
    const [ours, theirs] = native.seqpacketPair();
    closing([ours], () => {
      native.send(ours, 'never read');
      native.send(theirs, 'last words');
      fs.closeSync(theirs);
      assert.equal(native.receive(ours)?.data.toString(), 'last words');
      assert.equal(native.receive(ours), undefined);
      assert.throws(() => native.send(ours, 'x'), refusedWith(EPIPE));
    });
  });

  it('refuses an empty message, one that is too long, and too many descriptors', () => {
    pair((ours, theirs) => {
      assert.throws(() => native.send(theirs, ''), TypeError);
      assert.throws(() => native.send(theirs, 'x', Array<number>(254).fill(0)), { code: 'SYSCALL' });
      const before = fs.readdirSync('/proc/self/fd').length;
      native.send(theirs, Buffer.alloc(65_537), [0]);
      assert.throws(() => native.receive(ours), refusedWith(EMSGSIZE));
      assert.equal(fs.readdirSync('/proc/self/fd').length, before);
    });
  });
});

describe('flock', () => {
  it('refuses a lock that another open file has', () => {
    const [first, second] = [fs.openSync(__filename, 'r'), fs.openSync(__filename, 'r')];
    closing([first, second], () => {
      native.flock(first, LOCK_EX | LOCK_NB);
      assert.throws(() => native.flock(second, LOCK_EX | LOCK_NB), refusedWith(EAGAIN));
      native.flock(first, LOCK_UN);
      native.flock(second, LOCK_EX | LOCK_NB);
    });
  });
});

describe('a refused call', () => {
  it('says which, with what, and what the number means', () => {
    const error = (() => {
      try {
        return native.mount('tmpfs', '/nowhere/at/all', 'tmpfs', 0, null);
      } catch (caught) {
        return caught;
      }
    })();
    assert.ok(isSyscallError(error));
    assert.equal(error.call, 'mount');
    assert.match(error.message, /^mount\("tmpfs", "\/nowhere\/at\/all", "tmpfs", 0, null\): ENOENT\. The mount point/);
    assert.equal(isSyscallError(error, EPERM), false);
  });
});
