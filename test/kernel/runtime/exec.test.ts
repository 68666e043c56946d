/**
 * A further process in a running container: the namespaces of the container and nothing else of ours, by the same path
 * as create.
 */
import assert from 'node:assert/strict';
import { closeSync, readFileSync, readlinkSync, readSync, writeSync } from 'node:fs';
import { features } from '../../../src/linux/features.ts';
import { native } from '../../../src/linux/native.ts';
import { isSame, pidsOf, readStat, readStatus } from '../../../src/linux/procfs.ts';
import type { Container } from '../../../src/runtime/container.ts';
import { exec, type ExecOptions } from '../../../src/runtime/exec.ts';
import type { Process, Spec } from '../../../src/runtime/spec.ts';
import {
  boxed,
  leavesNothing,
  output,
  run,
  skip,
  specOf,
  until,
  withAllPowers,
  withBox,
  type Result,
} from '../support.ts';

const namespaces = ['mnt', 'uts', 'ipc', 'pid', 'net', 'cgroup', 'user', 'time'];
const namespacesOf = (pid: number): string[] => namespaces.map((name) => readlinkSync(`/proc/${pid}/ns/${name}`));

const sleeper = (change?: (spec: Spec) => void): Spec =>
  specOf({ args: ['sleep', '1000'], hostname: 'harbour' }, change);

const processOf = (args: string[], more: Partial<Process> = {}): Process => ({
  args,
  cwd: '/',
  user: { uid: 0, gid: 0 },
  env: ['PATH=/bin'],
  ...more,
});

/** Runs a process in a container to its end. */
async function execIn(id: string, process: Process, options: Partial<ExecOptions> = {}): Promise<Result> {
  const out = output();
  try {
    const code = await (await exec(run, id, { stdio: out.stdio, ...options, process })).wait();
    return { code, text: out.text() };
  } finally {
    out.close();
  }
}

/** A container that sleeps, for `body`. */
function inBox(change: undefined | ((spec: Spec) => void), body: (box: Container) => Promise<void>): Promise<void> {
  return withBox(boxed({ spec: sleeper(change) }), body);
}

const withUserNamespace = (spec: Spec): void => {
  spec.linux!.namespaces!.push({ type: 'user' });
  spec.linux!.uidMappings = spec.linux!.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
};

const withTimeNamespace = (spec: Spec): void => {
  spec.linux!.namespaces!.push({ type: 'time' });
  spec.linux!.timeOffsets = { boottime: { secs: 500_000 } };
};

/** Collects what the terminal shows until `pattern` is in it. */
async function readUntil(master: number, pattern: RegExp): Promise<string> {
  let text = '';
  const bytes = Buffer.alloc(4096);
  await new Promise<void>((resolve, reject) => {
    const watch = native.watch(master, () => {
      try {
        text += bytes.toString('utf8', 0, readSync(master, bytes));
        if (!pattern.test(text)) return;
        resolve();
      } catch {
        reject(new Error(`the terminal ended before ${String(pattern)}: ${text}`)); // EIO: nobody is there any more
      }
      watch.close();
    });
  });
  return text;
}

describe('exec', function () {
  leavesNothing();

  it('is in the namespaces of the container, all of them and no others', () =>
    inBox(features().timeNamespace ? withTimeNamespace : undefined, async (box) => {
      const added = await exec(run, box.id, { process: processOf(['sleep', '1000']) });
      assert.deepEqual(namespacesOf(added.pid), namespacesOf(box.pid));
      const own = namespacesOf(process.pid);
      const shared = namespaces.filter((_, i) => namespacesOf(added.pid)[i] === own[i]);
      const { cgroupNamespace, timeNamespace } = features();
      const missing = [...(cgroupNamespace ? [] : ['cgroup']), 'user', ...(timeNamespace ? [] : ['time'])];
      assert.deepEqual(shared, missing, 'those of the host');
      const root = (pid: number): string => readlinkSync(`/proc/${pid}/root`);
      assert.equal(root(added.pid), root(box.pid));
      process.kill(added.pid, 'SIGKILL');
      assert.equal(await added.wait(), 137);
    }));

  it('is our child, and has no parent inside', () =>
    inBox(undefined, async (box) => {
      const added = await exec(run, box.id, { process: processOf(['sleep', '1000']) });
      assert.equal(readStat(added.pid)?.parent, process.pid);
      assert.equal(pidsOf(added.pid).length, 2, 'a number outside and one inside');
      const { text } = await execIn(box.id, processOf(['sh', '-c', 'cut -d" " -f4 /proc/self/stat; echo $PPID']));
      assert.match(text, /\n0\n$/);
      process.kill(added.pid, 'SIGKILL');
      await added.wait();
    }));

  it('is in the cgroup of the container', () =>
    inBox(undefined, async (box) => {
      const cgroups = (pid: number): string => readFileSync(`/proc/${pid}/cgroup`, 'utf8');
      const added = await exec(run, box.id, { process: processOf(['sleep', '1000']) });
      assert.equal(cgroups(added.pid), cgroups(box.pid));
      assert.match(cgroups(added.pid), new RegExp(`/drydock/${box.id}$`, 'm'));
      process.kill(added.pid, 'SIGKILL');
      await added.wait();
    }));

  it('has its own directory, environment, user, groups and umask', () =>
    inBox(undefined, async (box) => {
      const user = { uid: 1000, gid: 1001, additionalGids: [5, 7], umask: 0o027 };
      const line = 'pwd; echo $WIND; echo ${HOME-none}; grep -E "^(Uid|Gid|Groups)" /proc/self/status; umask; hostname';
      const process = processOf(['sh', '-c', line], { cwd: '/tmp', env: ['PATH=/bin', 'WIND=north'], user });
      const { code, text } = await execIn(box.id, process);
      assert.deepEqual(text.split('\n'), [
        '/tmp',
        'north',
        '/',
        'Uid:\t1000\t1000\t1000\t1000',
        'Gid:\t1001\t1001\t1001\t1001',
        'Groups:\t5 7 ',
        '0027',
        'harbour',
        '',
      ]);
      assert.equal(code, 0);
    }));

  it('leaves the names of the container as the container has made them', () =>
    inBox(withAllPowers, async (box) => {
      await execIn(box.id, processOf(['hostname', 'pier']));
      assert.equal((await execIn(box.id, processOf(['hostname']))).text, 'pier\n');
    }));

  it('gives its exit code, or 128 and the signal', () =>
    inBox(undefined, async (box) => {
      assert.equal((await execIn(box.id, processOf(['sh', '-c', 'exit 42']))).code, 42);
      assert.equal((await execIn(box.id, processOf(['sh', '-c', 'kill -TERM $$']))).code, 143);
    }));

  it('says at once that a program cannot be executed, whoever finds it out', () =>
    inBox(undefined, async (box) => {
      const attempt = (args: string[], more?: Partial<Process>): Promise<unknown> =>
        exec(run, box.id, { process: processOf(args, more) });
      await assert.rejects(attempt(['no-such-program']), { code: 'PROGRAM_NOT_FOUND' });
      await assert.rejects(attempt(['/etc/passwd']), { code: 'PROGRAM_NOT_EXECUTABLE' });
      await assert.rejects(attempt(['true'], { cwd: '/no/such/directory' }), { code: 'STEP_FAILED', call: 'chdir' });
      await execIn(box.id, processOf(['sh', '-c', 'echo no program > /tmp/odd; chmod 755 /tmp/odd']));
      await assert.rejects(attempt(['/tmp/odd']), { code: 'START_FAILED', call: 'execve' });
      await execIn(box.id, processOf(['rm', '/tmp/odd']));
    }));

  it('has a terminal of its own, whose master goes over the console socket', () =>
    inBox(undefined, async (box) => {
      const [ours, theirs] = native.seqpacketPair();
      const args = ['sh', '-c', 'tty; stty size; read line; echo "<$line>"; exit 5'];
      const added = await exec(run, box.id, {
        process: processOf(args, { terminal: true }),
        consoleSocket: theirs,
        size: { rows: 33, columns: 91 },
      });
      const [master] = native.receive(ours)!.fds;
      assert(master !== undefined);
      const greeting = await readUntil(master, /33 91\r\n/);
      assert.match(greeting, /^\/dev\/pts\/0\r\n33 91\r\n$/);
      assert.deepEqual(native.getWinsize(master), { rows: 33, cols: 91 });
      assert.equal(readStat(added.pid)?.session, added.pid, 'it leads the session of the terminal');
      writeSync(master, 'ahoy\n');
      assert.match(await readUntil(master, />\r\n/), /<ahoy>\r\n$/);
      assert.equal(await added.wait(), 5);
      for (const fd of [master, ours, theirs]) closeSync(fd);
    }));

  it('has a terminal of its own below a supervisor too', () =>
    inBox(undefined, async (box) => {
      const args = ['sh', '-c', 'tty; stty size; ls /dev/console 2>/dev/null; exit 6'];
      const process = processOf(args, { terminal: true });
      const { code, text } = await execIn(box.id, process, { supervise: true, size: { rows: 20, columns: 60 } });
      assert.deepEqual([code, text], [6, '/dev/pts/0\r\n20 60\r\n']);
    }));

  it('is refused a terminal when somebody inside has put other things where terminals come from (CVE-2025-52565)', () =>
    inBox(withAllPowers, async (box) => {
      const inside = async (line: string): Promise<void> => {
        const { code, text } = await execIn(box.id, processOf(['sh', '-c', line]));
        assert.equal(code, 0, text);
      };
      const attempt = (): Promise<Result> =>
        execIn(box.id, processOf(['tty'], { terminal: true }), { supervise: true });
      for (const trap of [
        'mount -t tmpfs x /dev/pts; ln -s /proc/sys/kernel/core_pattern /dev/pts/ptmx; ln -s /proc/1/root /dev/pts/0',
        'echo x > /tmp/file; mount -o bind /tmp/file /dev/pts/ptmx',
        'mount -o bind /dev/null /dev/pts/ptmx',
        'mount -t proc proc /dev/pts',
        // It works, and its other end is where somebody inside wants it.
        'mount -t tmpfs x /dev/pts; busybox mknod /dev/pts/ptmx c 5 2; mkdir /dev/pts/pts; mount -t devpts x /dev/pts/pts',
      ]) {
        await inside(trap);
        await assert.rejects(attempt, { code: 'STEP_FAILED', call: 'open_console' }, trap);
        await inside('umount /dev/pts/ptmx 2>/dev/null || umount -l /dev/pts; rm -f /tmp/file');
        assert.match((await attempt()).text, /^\/dev\/pts\/0/);
      }
      await inside('umount /dev/pts; rmdir /dev/pts; ln -s /tmp /dev/pts');
      await assert.rejects(attempt, { code: 'STEP_FAILED', call: 'open_console' });
    }));

  it('enters a user namespace, with all rights in it and none outside', async function () {
    if (!features().userNamespace) skip(this, 'no user namespaces');
    const powerful = (spec: Spec): void => [withUserNamespace, withAllPowers].forEach((change) => change(spec));
    await inBox(powerful, async (box) => {
      const added = await exec(run, box.id, { process: processOf(['sleep', '1000']) });
      assert.deepEqual(namespacesOf(added.pid), namespacesOf(box.pid));
      assert.notEqual(readlinkSync(`/proc/${added.pid}/ns/user`), readlinkSync('/proc/self/ns/user'));
      assert.match(readStatus(added.pid)?.get('Uid') ?? '', /^100000\s+100000\s+100000\s+100000$/);
      process.kill(added.pid, 'SIGKILL');
      await added.wait();

      const line = 'id -u; id -g; hostname pier && hostname; echo x > /proc/sys/kernel/hung_task_panic || echo refused';
      const { text } = await execIn(box.id, processOf(['sh', '-c', `${line} 2>&1`]));
      assert.match(text, /^0\n0\npier\n.*refused\n$/s);
      const other = processOf(['id'], { user: { uid: 1000, gid: 1000, additionalGids: [20] } });
      assert.match((await execIn(box.id, other)).text, /^uid=1000\(sailor\) gid=1000\(sailor\) groups=20/);
    });
  });

  it('ends with the container', () =>
    inBox(undefined, async (box) => {
      const added = await exec(run, box.id, { process: processOf(['sleep', '1000']) });
      process.kill(box.pid, 'SIGKILL');
      assert.equal(await added.wait(), 137);
    }));

  it('is refused when the container does not run', async () => {
    await inBox(undefined, async (box) => {
      const { startTime } = readStat(box.pid)!;
      process.kill(box.pid, 'SIGKILL');
      // From the first moment of its end, dying or dead is the same to whoever comes.
      await until('the container to end', () => !isSame(box.pid, startTime));
      await assert.rejects(exec(run, box.id, { process: processOf(['true']) }), { code: 'WRONG_STATE' });
    });
  });
});
