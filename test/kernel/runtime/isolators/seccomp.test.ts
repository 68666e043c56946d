/** Filters of system calls: what is refused and how, at create and at exec, early and late, and with a listener. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { features } from '../../../../src/linux/features.ts';
import { native } from '../../../../src/linux/native.ts';
import { readStatus } from '../../../../src/linux/procfs.ts';
import { create } from '../../../../src/runtime/container.ts';
import { exec } from '../../../../src/runtime/exec.ts';
import type { SeccompProfile } from '../../../../src/runtime/seccomp-schema.ts';
import type { Spec } from '../../../../src/runtime/spec.ts';
import {
  boxed,
  folder,
  fresh,
  leavesNothing,
  output,
  run,
  shell,
  skip,
  specOf,
  until,
  withBox,
} from '../../support.ts';

type Rule = NonNullable<SeccompProfile['syscalls']>[number];

const allowing = (...syscalls: Rule[]): SeccompProfile => ({ defaultAction: 'SCMP_ACT_ALLOW', syscalls });
const no = (names: string[], more: Partial<Rule> = {}): Rule => ({ names, action: 'SCMP_ACT_ERRNO', ...more });
const filtered =
  (seccomp: SeccompProfile, noNewPrivileges = false) =>
  (spec: Spec) => {
    spec.linux!.seccomp = seccomp;
    spec.process.noNewPrivileges = noNewPrivileges;
  };
const mkdirs = ['mkdir', 'mkdirat'];

for (const late of [false, true])
  describe(`a filter ${late ? 'with' : 'without'} no_new_privs`, function () {
    leavesNothing();

    it('answers with the errno that was asked for, or EPERM', async () => {
      const line = 'mkdir /tmp/a 2>&1; chmod 700 /tmp 2>&1; echo $?';
      const rules = [no(mkdirs), no(['chmod', 'fchmodat', 'fchmodat2'], { errnoRet: 38 })];
      const { text } = await shell(line, filtered(allowing(...rules), late));
      assert.match(text, /Operation not permitted.*Function not implemented.*1/s);
    });

    it('is there for a further process, too', () =>
      withBox(
        boxed({ spec: specOf({ args: ['sleep', '1000'] }, filtered(allowing(no(mkdirs)), late)) }),
        async (box) => {
          assert.equal(readStatus(box.pid)!.get('Seccomp'), '2');
          const out = output();
          const process = { args: ['mkdir', '/tmp/b'], cwd: '/', user: { uid: 0, gid: 0 }, env: ['PATH=/bin'] };
          assert.equal(await (await exec(run, box.id, { process, stdio: out.stdio })).wait(), 1);
          assert.match(out.text(), /not permitted/);
          out.close();
        },
      ));

    it('kills with SIGSYS', async () => {
      const kill: Rule = {
        names: mkdirs,
        action: features().seccompSyscall ? 'SCMP_ACT_KILL_PROCESS' : 'SCMP_ACT_KILL',
      };
      const { text } = await shell('(mkdir /tmp/a); echo $?', filtered(allowing(kill), late));
      assert.match(text, /159\n$/);
    });
  });

describe('a filter', function () {
  leavesNothing();

  it('looks at arguments, and takes several conditions on one of them as alternatives', async () => {
    const at = (value: number): NonNullable<Rule['args']>[number] => ({ index: 0, value, op: 'SCMP_CMP_EQ' });
    const kills = allowing(no(['kill'], { args: [{ index: 1, value: 10, op: 'SCMP_CMP_EQ' }] }));
    const { text } = await shell('kill -10 1 2>&1; kill -0 1 && echo fine', filtered(kills));
    assert.match(text, /not permitted\nfine\n$/);
    const either = allowing(no(['umask'], { args: [at(0o77), at(0o7)] }));
    assert.equal((await shell('umask 0077; umask 0007; umask 0027; umask', filtered(either))).text, '0027\n');
  });

  it('need not allow more than the program makes, with no_new_privs', async () => {
    const names = [
      'execve',
      'brk',
      'arch_prctl',
      'set_tid_address',
      'set_robust_list',
      'rseq',
      'prlimit64',
      'readlink',
    ];
    names.push(
      'readlinkat',
      'getrandom',
      'mprotect',
      'getuid',
      'setuid',
      'exit_group',
      'mmap',
      'munmap',
      'prctl',
      'getpid',
    );
    const strict: SeccompProfile = {
      defaultAction: features().seccompSyscall ? 'SCMP_ACT_KILL_PROCESS' : 'SCMP_ACT_KILL',
      syscalls: [{ names, action: 'SCMP_ACT_ALLOW' }],
    };
    const options = boxed({ spec: specOf({ args: ['true'] }, filtered(strict, true)) });
    await withBox(options, async (box) => assert.equal(await box.wait(), 0));
  });

  it('answers ENOSYS to calls that are younger than its profile, EPERM to those that it leaves out', async () => {
    // The highest call that is named is fchmodat2 (452 on every architecture): mseal (462) is younger.
    const all = Array.from({ length: 453 }, (_, number) => number).filter(
      (number) => native.syscallNumber('mkdir') !== number,
    );
    const named = [...all.map(String)];
    assert(named.length > 400);
    const names = (await shell('true')).code === 0 ? ['fchmodat2'] : [];
    const profile: SeccompProfile = {
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [{ names, action: 'SCMP_ACT_ALLOW' }],
    };
    const { compiled } = await import('../../../../src/runtime/seccomp.ts');
    const { filter } = compiled(profile);
    const known = native.syscallNumber('fchmodat2');
    if (known === undefined) return;
    // The stub compares with exactly that number: BPF_JMP | BPF_JGT | BPF_K.
    const comparisons = Array.from({ length: filter.length / 8 }, (_, i) => filter.subarray(i * 8, i * 8 + 8));
    assert(comparisons.some((one) => one.readUInt16LE(0) === 0x25 && one.readUInt32LE(4) === known));
  });

  it('that forbids what comes after it without no_new_privs is named as the likely cause', () =>
    assert.rejects(
      create(boxed({ spec: specOf({ args: ['true'] }, filtered({ defaultAction: 'SCMP_ACT_KILL', syscalls: [] })) })),
      {
        code: 'SHIM_DIED',
        hint: /linux\.seccomp may forbid/,
      },
    ));

  it('is refused with what cannot be', async () => {
    const refused = (profile: SeccompProfile, message: RegExp): Promise<void> =>
      assert.rejects(create(boxed({ spec: specOf({ args: ['true'] }, filtered(profile)) })), {
        code: 'SPEC_INVALID',
        message,
      });
    const notify: Rule = { names: mkdirs, action: 'SCMP_ACT_NOTIFY' };
    await refused({ defaultAction: 'SCMP_ACT_NOTIFY' }, /defaultAction/);
    await refused(allowing(notify), /listenerPath/);
    await refused({ ...allowing({ ...notify, names: ['write'] }), listenerPath: '/x' }, /write cannot be answered/);
    await refused(allowing({ names: mkdirs, action: 'SCMP_ACT_KILL', errnoRet: 3 }), /errnoRet/);
    await refused({ ...allowing(), architectures: ['SCMP_ARCH_PDP11'] }, /libseccomp refuses.*pdp11/);
  });

  for (const late of [false, true])
    it(`hands its listener over with the state, ${late ? 'with' : 'without'} no_new_privs`, async function () {
      if (!features().seccompListener) skip(this, 'no seccomp listeners');
      const path = join(folder, fresh('listener'));
      // Node's own sockets drop descriptors that come along: a small program of ours takes them.
      const taker = spawn('python3', ['-c', taking, path], { stdio: ['ignore', 'pipe', 'inherit'] });
      const lines: string[] = [];
      let buffered = '';
      taker.stdout.setEncoding('utf8').on('data', (more: string) => {
        buffered += more;
        lines.push(...buffered.split('\n').slice(0, -1));
        buffered = buffered.slice(buffered.lastIndexOf('\n') + 1);
      });
      const ended = new Promise((resolve) => taker.on('exit', resolve));
      await until('the taker listens', () => lines.includes('listening'));
      const profile: SeccompProfile = {
        ...allowing({ names: mkdirs, action: 'SCMP_ACT_NOTIFY' }),
        listenerPath: path,
        listenerMetadata: 'red',
      };
      const { text } = await shell('mkdir /tmp/asked 2>&1', filtered(profile, late));
      await ended;
      assert.match(text, /Read-only file system/, 'it was answered from outside');
      const said = JSON.parse(lines[1]!) as { fds: string[]; metadata: string; pid: number; state: { status: string } };
      assert.deepEqual([said.fds, said.metadata, said.state.status], [['seccompFd'], 'red', 'creating']);
      assert(said.pid > 0);
    });
});

/** Takes one message with a descriptor, prints the message, and answers one notification with EROFS. */
const taking = `
import socket, sys, array, fcntl, struct, json
s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM); s.bind(sys.argv[1]); s.listen(1)
print('listening', flush=True)
c, _ = s.accept()
data, anc, _, _ = c.recvmsg(65536, socket.CMSG_SPACE(4))
print(data.decode(), flush=True)
fd = struct.unpack('i', anc[0][2][:4])[0]
asked = bytearray(80); fcntl.ioctl(fd, 0xc0502100, asked)
fcntl.ioctl(fd, 0xc0182101, bytearray(struct.pack('QqiI', struct.unpack('Q', asked[:8])[0], 0, -30, 0)))
`;
