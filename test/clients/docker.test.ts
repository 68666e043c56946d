/**
 * A real dockerd with Drydock's runtime beside runc, driven by the real `docker`: each command is given to both, and
 * both must answer the same.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  command,
  daemon,
  eventually,
  folder,
  freshFolder,
  isInstalled,
  labArchive,
  runtime,
  said,
  skipAll,
  type Answer,
  type Daemon,
} from './support.ts';

const socket = join(folder, 'docker.sock');
const docker = (...words: string[]): string[] => ['docker', '-H', `unix://${socket}`, ...words];
const runtimes = ['runc', 'drydock'] as const;

/** `docker run --rm` under both; what differs by nature (ids) is taken out. */
async function both(words: readonly string[], given: Parameters<typeof command>[1] = {}): Promise<Answer> {
  const answers: Answer[] = [];
  for (const name of runtimes)
    answers.push(await command(docker('run', '--rm', '--network', 'none', '--runtime', name, ...words), given));
  const [reference, ours] = answers.map(({ code, stdout }) => ({ code, stdout: withoutIds(stdout) }));
  assert.deepEqual(ours, reference, `${words.join(' ')}\nrunc: ${answers[0]!.stderr}\ndrydock: ${answers[1]!.stderr}`);
  return answers[1]!;
}

const withoutIds = (text: string): string => text.replace(/\b[0-9a-f]{12,64}\b/g, 'ID');
const sh = (line: string, ...options: string[]): string[] => [...options, 'lab', 'sh', '-c', line];
const status = 'grep -E "^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp)" /proc/self/status';

describe('docker', function () {
  this.timeout(120_000);
  let server: Daemon;

  before('a dockerd', async function () {
    if (!isInstalled('dockerd') || !isInstalled('docker')) skipAll(this, 'no dockerd here');
    const [data, exec] = [freshFolder('docker'), freshFolder('dexec')];
    const places = ['--data-root', data, '--exec-root', exec, '--pidfile', join(folder, 'docker.pid')];
    const noNetwork = [
      '--bridge=none',
      '--iptables=false',
      '--ip6tables=false',
      '--ip-forward=false',
      '--ip-masq=false',
    ];
    const words = ['dockerd', ...places, '-H', `unix://${socket}`, ...noNetwork, '--storage-driver', 'vfs'];
    server = await daemon('dockerd', [...words, '--add-runtime', `drydock=${runtime}`], async () => {
      return (await command(docker('version'))).code === 0;
    });
    await said(docker('import', await labArchive(), 'lab'));
  });
  after('the dockerd ends', () => server?.end());

  it('runs a command, with everything that it sets up by default', async () => {
    const { stdout } = await both(
      sh(`${status}; id; pwd; env | sort | grep -v HOSTNAME; ls -l /dev | wc -l; mount | grep -vc cgroup`),
    );
    assert.match(stdout, /Seccomp:\s+2/);
  });

  it('passes on exit codes, output and input', async () => {
    assert.equal((await both(sh('exit 42'))).code, 42);
    assert.equal((await both(sh('sh -c "kill -9 \\$\\$"; exit $?'))).code, 137);
    assert.equal((await both(sh('cat', '-i'), { input: 'words' })).stdout, 'words');
    assert.equal((await both(['lab', 'no-such-program'])).code, 127);
    assert.equal((await both(['lab', '/etc/passwd'])).code, 126);
  });

  it('gives a terminal (-it)', async () => {
    const inside = ['run', '--rm', '--network', 'none', '-it', 'lab', 'sh', '-c', 'tty; stty size; echo $TERM'];
    const answers: string[] = [];
    for (const name of runtimes) {
      const line = docker(...inside.toSpliced(1, 0, '--runtime', name))
        .map((word) => `'${word}'`)
        .join(' ');
      answers.push(await said(['script', '-qec', line, '/dev/null']));
    }
    assert.equal(answers[1], answers[0]);
    assert.match(answers[1]!, /\/dev\/pts\/0/);
  });

  it('limits memory, processors and processes (-m, --cpus, --pids-limit, --cpuset-cpus)', async () => {
    const files = 'memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us pids/pids.max memory.max cpu.max pids.max';
    const look = `cd /sys/fs/cgroup; for f in ${files}; do cat $f 2>/dev/null; done; grep Cpus_allowed_list /proc/self/status`;
    const { stdout } = await both(sh(look, '-m', '64m', '--cpus', '0.5', '--pids-limit', '20', '--cpuset-cpus', '1'));
    assert.match(stdout, /67108864\n50000.*\n20\n/);
    assert.equal((await both(sh('dd if=/dev/zero of=/dev/null bs=100M count=1', '-m', '16m'))).code, 137);
  });

  it('takes and gives capabilities, users and groups', async () => {
    for (const options of [
      ['--cap-drop', 'ALL'],
      ['--cap-add', 'NET_ADMIN'],
      ['--cap-drop', 'CHOWN', '--cap-add', 'SYS_ADMIN'],
      ['--user', '1000:1000'],
      ['--user', '1000', '--group-add', '77', '--cap-add', 'NET_RAW'],
      ['--security-opt', 'no-new-privileges'],
      ['--security-opt', 'seccomp=unconfined'],
    ])
      await both(sh(`${status}; id -u; chown 1 /tmp; echo $?`, ...options));
  });

  it('obeys a seccomp profile of one’s own', async () => {
    const profile = join(folder, 'profile.json');
    const rule = { names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 };
    writeFileSync(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [rule] }));
    await both(sh('mkdir /tmp/x 2>&1; echo $?', '--security-opt', `seccomp=${profile}`));
    await both(
      sh('mkdir /tmp/x 2>&1; echo $?', '--security-opt', `seccomp=${profile}`, '--security-opt', 'no-new-privileges'),
    );
  });

  it('shows volumes, tmpfs, devices and a read-only root', async () => {
    const shared = join(folder, 'shared');
    mkdirSync(shared, { recursive: true });
    writeFileSync(join(shared, 'file'), 'from outside\n');
    await both(sh('cat /data/file; touch /data/x; echo $?', '-v', `${shared}:/data:ro`));
    await both(sh('echo inside > /data/inside; cat /data/inside', '-v', `${shared}:/data`));
    await both(sh('touch /x; echo $?; touch /tmp/y && echo fine', '--read-only', '--tmpfs', '/tmp:size=1m'));
    await both(sh('mount | grep /scratch', '--tmpfs', '/scratch:rw,noexec,size=64k'));
    await both(
      sh(
        'ls -l /dev/kmsg /dev/mine | cut -c 1-30; head -c 1 /dev/mine | wc -c',
        '--device',
        '/dev/kmsg',
        '--device',
        '/dev/zero:/dev/mine:r',
      ),
    );
    await both(sh('findmnt / 2>/dev/null; cat /proc/self/mountinfo | grep -c shared', '-v', `${shared}:/data:rshared`));
    await both(
      sh(
        'cat /proc/sys/net/ipv4/ip_default_ttl /proc/sys/kernel/msgmax',
        '--sysctl',
        'net.ipv4.ip_default_ttl=77',
        '--sysctl',
        'kernel.msgmax=9000',
      ),
    );
    await both(sh('ulimit -n; ulimit -c', '--ulimit', 'nofile=100:200', '--ulimit', 'core=0'));
    await both(
      sh('cat /proc/self/oom_score_adj; hostname; pwd', '--oom-score-adj', '77', '--hostname', 'pier', '-w', '/made'),
    );
  });

  it('puts an init in front (--init), and shares namespaces of the host', async () => {
    await both(sh('cat /proc/1/comm; cat /proc/$$/stat | cut -d" " -f4', '--init'));
    await both(sh('readlink /proc/self/ns/ipc /proc/self/ns/uts', '--ipc', 'host', '--uts', 'host'));
    await both(sh('readlink /proc/self/ns/pid', '--pid', 'host'));
  });

  it('runs with all privileges as far as this machine has them', async () => {
    // Where this machine's root lacks a capability, runc refuses it too: both say so by their exit codes.
    const answers: Answer[] = [];
    for (const name of runtimes)
      answers.push(
        await command(docker('run', '--rm', '--network', 'none', '--runtime', name, '--privileged', 'lab', 'true')),
      );
    console.log(`      --privileged: runc ${answers[0]!.code}, drydock ${answers[1]!.code}`);
    assert.equal(answers[1]!.code, answers[0]!.code);
  });

  describe('with a container that stays', () => {
    const name = 'stays';
    before(
      async () =>
        void (await said(
          docker(
            'run',
            '-d',
            '--network',
            'none',
            '--runtime',
            'drydock',
            '--name',
            name,
            'lab',
            'sh',
            '-c',
            'trap "exit 7" TERM; while :; do sleep 0.1; done',
          ),
        )),
    );
    after(async () => void (await command(docker('rm', '-f', name))));

    it('enters it (exec), as other users, with a terminal, with more powers', async () => {
      assert.equal(await said(docker('exec', name, 'sh', '-c', 'cat /proc/1/comm')), 'sh');
      assert.equal(
        await said(
          docker('exec', '-u', '1000:7', '-w', '/tmp', '-e', 'A=b', name, 'sh', '-c', 'id -u; id -g; pwd; echo $A'),
        ),
        '1000\n7\n/tmp\nb',
      );
      assert.equal(await said(docker('exec', '-i', name, 'cat'), { input: 'words' }), 'words');
      assert.equal((await command(docker('exec', name, 'sh', '-c', 'exit 9'))).code, 9);
      const line = docker('exec', '-it', name, 'tty')
        .map((word) => `'${word}'`)
        .join(' ');
      assert.match(await said(['script', '-qec', line, '/dev/null']), /\/dev\/pts\/\d/);
      await said(
        docker('run', '-d', '--rm', '--network', 'none', '--runtime', 'runc', '--name', 'twin', 'lab', 'sleep', '1000'),
      );
      const codes = ['twin', name].map(async (box) => (await command(docker('exec', box, 'no-such-program'))).code);
      assert.equal(await codes[1], await codes[0], 'Docker makes its code from the words of the runtime');
      await said(docker('kill', 'twin'));
    });

    it('lists its processes, and says what it uses', async () => {
      assert.match(await said(docker('top', name)), /sleep 0\.1|trap/);
      const line = await said(docker('stats', '--no-stream', '--format', '{{.MemUsage}} {{.PIDs}}', name));
      assert.match(line, /^\d.*iB \/ .*iB [1-9]/);
    });

    it('pauses it and lets it go on', async () => {
      await said(docker('pause', name));
      assert.equal(await said(docker('inspect', '-f', '{{.State.Status}}', name)), 'paused');
      await said(docker('unpause', name));
      assert.equal(await said(docker('inspect', '-f', '{{.State.Status}}', name)), 'running');
    });

    it('changes its limits', async () => {
      await said(docker('update', '-m', '48m', '--memory-swap', '96m', '--cpus', '0.3', '--pids-limit', '50', name));
      const look = 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes 2>/dev/null || cat memory.max';
      assert.equal(await said(docker('exec', name, 'sh', '-c', look)), String(48 << 20));
    });

    it('stops it with a signal that it catches, starts it anew, and kills it', async () => {
      await said(docker('stop', '-t', '10', name));
      assert.equal(await said(docker('inspect', '-f', '{{.State.ExitCode}}', name)), '7');
      await said(docker('start', name));
      await said(docker('kill', name));
      await eventually(
        'it is dead',
        async () => (await said(docker('inspect', '-f', '{{.State.Running}}', name))) === 'false',
      );
      assert.equal(await said(docker('inspect', '-f', '{{.State.ExitCode}} {{.State.OOMKilled}}', name)), '137 false');
    });
  });

  it('tells that memory ran out', async () => {
    // containerd begins to look a little after the start.
    const line = 'sleep 1; dd if=/dev/zero of=/dev/null bs=100M count=1';
    const words = ['--name', 'hungry', '-m', '16m', 'lab', 'sh', '-c', line];
    assert.equal((await command(docker('run', '--network', 'none', '--runtime', 'drydock', ...words))).code, 137);
    assert.equal(await said(docker('inspect', '-f', '{{.State.OOMKilled}}', 'hungry')), 'true');
    await said(docker('rm', 'hungry'));
  });
});
