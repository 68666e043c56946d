/**
 * The same bundles under runc and under Drydock's runtime, looked at from inside: identity, capabilities, mounts, limits,
 * descriptors, devices, names, scheduling, cgroups, what is hidden, and the errno of every system call. Shown as a table;
 * a difference is a failure unless it is explained here.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { features } from '../../src/linux/features.ts';
import { defaultSpec } from '../../src/runtime/default-spec.ts';
import type { Spec } from '../../src/runtime/spec.ts';
import { command, folder, isInstalled, labFiles, runtime, skipAll } from './support.ts';

/** What is asked inside, by the name of the fact. */
const questions: Readonly<Record<string, string>> = {
  identity: 'id; grep -E "^(Uid|Gid|Groups|NSsid)" /proc/self/status; umask; pwd',
  capabilities: 'grep -E "^(Cap|NoNewPrivs)" /proc/self/status',
  seccomp: 'grep -E "^(Seccomp|Speculation)" /proc/self/status',
  signals: 'grep -E "^(SigBlk|SigIgn|SigQ)" /proc/1/status | grep -v SigQ',
  limits: 'cat /proc/self/limits',
  environment: 'tr "\\0" "\\n" < /proc/1/environ | sort',
  names: 'hostname; cat /proc/sys/kernel/domainname; uname -m',
  mounts: 'cut -d" " -f4- /proc/self/mountinfo | grep -v cgroup | sed "s/ shared:[0-9]*//; s/ master:[0-9]*//" | sort',
  cgroups: 'cut -d: -f3 /proc/self/cgroup | sort -u',
  descriptors: 'ls /proc/1/fd', // alone: the shell, which is PID 1, has no pipe open then
  devices: 'find /dev ! -name "pts" ! -name "[0-9]*" | sort | while read f; do stat -c "%n %F %t:%T %a %u:%g" $f; done',
  allowed: 'sort /sys/fs/cgroup/devices/devices.list 2>/dev/null',
  scheduling: 'cat /proc/self/oom_score_adj; cut -d" " -f18,19,40,41 /proc/self/stat; cat /proc/self/personality',
  hidden:
    'for f in acpi asound kcore keys latency_stats timer_list timer_stats sched_debug scsi bus fs irq sys sysrq-trigger; do ' +
    'echo $f; head -c 1 /proc/$f 2>/dev/null | wc -c; ls /proc/$f 2>/dev/null | wc -l; done; ls /sys/firmware | wc -l',
  writable:
    'for f in /proc/sys/kernel/hostname /sys/kernel/x /proc/irq/x /x /tmp/x /dev/shm/x; do (: > $f) 2>/dev/null && echo $f; done',
  network: 'cut -d: -f1 /proc/net/dev; sort /proc/net/if_inet6',
  calls: 'calls',
};

/** Lines that may differ, and why. */
const explained: Readonly<Record<string, readonly (readonly [RegExp, why: string])[]>> = {
  mounts: [
    [/ \/(proc|sys)\/\S+ .* tmpfs /, 'a masked directory is nosuid, nodev, noexec here, too'],
    [/ \/proc\/\S+ (ro|rw)\S* .* devtmpfs /, 'a masked file is a read-only mount here'],
    [/ \/dev\/console /, 'runc puts it on the same devpts'],
  ],
  limits: [[/^Max open files/, 'a program here begins with a soft limit of 1024 (decision 0014)']],
  allowed: [[/^c 10:200 rwm$/, 'runc allows /dev/net/tun to everybody']],
};

const configs: Readonly<Record<string, (spec: Spec) => void>> = {
  default: () => undefined,
  'ordinary user': ({ process }) => {
    process.user = { uid: 1000, gid: 1000, additionalGids: [5, 77], umask: 0o027 };
    process.cwd = '/tmp';
  },
  'no powers': ({ process }) => {
    process.capabilities = {};
    process.noNewPrivileges = true;
  },
  'read-only root': (spec) => {
    spec.root.readonly = true;
    spec.mounts!.push({ destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'size=64k'] });
  },
  'limits of a process': ({ process }) => {
    process.rlimits = [
      { type: 'RLIMIT_NOFILE', soft: 100, hard: 200 },
      { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
    ];
    process.oomScoreAdj = 77;
  },
  'limits of a group': ({ linux }) => {
    linux!.resources = {
      memory: { limit: 256 << 20 },
      pids: { limit: 100 },
      devices: [
        { allow: false, access: 'rwm' },
        { allow: true, type: 'c', major: 1, minor: 11, access: 'r' },
      ],
    };
  },
  'a filter': ({ linux }) => {
    linux!.seccomp = {
      defaultAction: 'SCMP_ACT_ERRNO',
      architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
      syscalls: [{ names: [...allowedCalls], action: 'SCMP_ACT_ALLOW' }],
    };
  },
  'a filter, and no new privileges': (spec) => {
    configs['a filter']!(spec);
    spec.process.noNewPrivileges = true;
  },
  'the host’s network and names': (spec) => {
    delete spec.hostname;
    spec.linux!.namespaces = spec.linux!.namespaces!.filter(({ type }) => type !== 'network' && type !== 'uts');
    spec.mounts = spec.mounts!.filter(({ destination }) => destination !== '/sys');
  },
};

/** Enough for a shell and its tools; what is younger than the youngest of them is ENOSYS, what is older EPERM. */
const allowedCalls = (
  'read write open openat close stat fstat lstat newfstatat statx poll lseek mmap mprotect munmap brk rt_sigaction ' +
  'rt_sigprocmask rt_sigreturn ioctl pread64 pwrite64 readv writev access faccessat faccessat2 pipe pipe2 select sched_yield ' +
  'dup dup2 dup3 nanosleep alarm getpid getppid socket connect sendto recvfrom sendmsg recvmsg bind clone fork vfork execve exit ' +
  'exit_group wait4 waitid kill uname fcntl flock ftruncate getdents getdents64 getcwd chdir fchdir rename mkdir rmdir creat ' +
  'unlink symlink readlink readlinkat chmod fchmod chown umask gettimeofday getrlimit prlimit64 getrusage sysinfo times getuid ' +
  'getgid setuid setgid geteuid getegid setpgid getpgrp setsid getgroups setgroups setresuid getresuid setresgid getresgid getpgid ' +
  'getsid capget capset rt_sigsuspend sigaltstack statfs fstatfs prctl arch_prctl set_tid_address set_robust_list futex ' +
  'clock_gettime clock_nanosleep tgkill getrandom rseq close_range openat2 futex_time64 epoll_create1 epoll_ctl epoll_pwait ' +
  'eventfd2 madvise mount sched_getaffinity gettid tkill nanosleep keyctl fchown fchownat setxattr personality'
).split(' ');

/** What one runtime lets a bundle see, by fact. */
async function seen(words: readonly string[], bundle: string, id: string): Promise<Record<string, string[]>> {
  const { code, stdout, stderr } = await command([...words, 'run', '-b', bundle, id]);
  assert.equal(code, 0, `${words.join(' ')}: ${stderr}`);
  const parts = stdout.split(/^=== (\w+)$/m).slice(1);
  const facts: Record<string, string[]> = {};
  for (let i = 0; i < parts.length; i += 2)
    facts[parts[i]!] = parts[i + 1]!.replaceAll(id, 'ID')
      .replaceAll(/\/(?:drydock\/)?ID/g, '/ID')
      .trim()
      .split('\n');
  return facts;
}

/** The lines that only one of them has, with the reason where there is one. */
function differences(fact: string, reference: string[], ours: string[]): { line: string; why?: string }[] {
  const only = (mark: string, these: string[], those: string[]): string[] =>
    these.filter((line) => !those.includes(line)).map((line) => `${mark} ${line}`);
  return [...only('runc   ', reference, ours), ...only('drydock', ours, reference)].map((line) => ({
    line,
    why: explained[fact]?.find(([pattern]) => pattern.test(line.slice(8)) || pattern.test(` ${line.slice(8)}`))?.[1],
  }));
}

describe('runc and Drydock, seen from inside the same bundles', function () {
  this.timeout(120_000);
  const table: string[][] = [];
  let rootfs: string;

  before(async function () {
    if (!isInstalled('runc')) skipAll(this, 'no runc here');
    rootfs = await labFiles(['calls']);
    const script = Object.entries(questions).map(([fact, line]) => `echo "=== ${fact}"\n${line}\n`);
    writeFileSync(join(rootfs, 'bin/ask'), `#!/bin/sh\n${script.join('')}true\n`, { mode: 0o755 });
  });

  after('the table', () => {
    const width = Math.max(...table.map(([name]) => name!.length));
    for (const [name, ...cells] of table) console.log(`      ${name!.padEnd(width)}  ${cells.join(' ')}`);
  });

  table.push(['', ...Object.keys(questions)]);
  Object.entries(configs).forEach(([name, apply], index) =>
    it(`differ in nothing that is not explained: ${name}`, async () => {
      const bundle = join(folder, `bundle${index}`);
      mkdirSync(bundle);
      const spec = defaultSpec({ args: ['ask'], root: rootfs }, features());
      apply(spec);
      const id = `matrix-${process.pid}-${index}`;
      spec.linux!.cgroupsPath = `/${id}`;
      writeFileSync(join(bundle, 'config.json'), JSON.stringify(spec));
      const reference = await seen(['runc', '--root', join(folder, 'runc')], bundle, id);
      const ours = await seen([runtime, '--root', join(folder, 'ours')], bundle, id);
      assert(reference.calls!.length > 400, 'every call was made');
      const cells: string[] = [];
      const unexplained: string[] = [];
      for (const fact of Object.keys(questions)) {
        const found = differences(fact, reference[fact]!, ours[fact]!);
        const strange = found.filter(({ why }) => why === undefined);
        cells.push((found.length === 0 ? 'same' : strange.length ? 'DIFFERS' : 'explained').padEnd(fact.length));
        unexplained.push(...strange.map(({ line }) => `${fact}: ${line}`));
      }
      table.push([name, ...cells]);
      assert.deepEqual(unexplained, []);
    }),
  );
});
