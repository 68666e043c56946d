/** A real podman with Drydock's runtime in place of crun or runc. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { command, folder, isInstalled, labArchive, runtime, said, skipAll, type Answer } from './support.ts';

const places = ['--root', join(folder, 'pm'), '--runroot', join(folder, 'pr'), '--tmpdir', join(folder, 'pt')];
const podman = (...words: string[]): string[] => [
  'podman',
  ...places,
  ...['--storage-driver', 'vfs', '--cgroup-manager', 'cgroupfs', '--events-backend', 'none', '--runtime', runtime],
  ...words,
];
// podman asks for more than a machine without CAP_SYS_RESOURCE has.
const modest = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024', '--network', 'none'];
const run = (...words: string[]): Promise<Answer> => command(podman('run', '--rm', ...modest, ...words));

describe('podman', function () {
  this.timeout(120_000);

  before('an image', async function () {
    if (!isInstalled('podman') || !isInstalled('conmon')) skipAll(this, 'no podman here');
    await said(podman('import', await labArchive(), 'lab'));
  });

  it('runs a command, and passes on its exit code, input and output', async () => {
    const { stdout, stderr, code } = await run(
      'lab',
      'sh',
      '-c',
      'id -u; hostname | wc -c; grep Seccomp: /proc/self/status; exit 5',
    );
    assert.equal(code, 5, stderr);
    assert.match(stdout, /^0\n13\nSeccomp:\s+2\n$/);
    assert.equal(
      (await command(podman('run', '--rm', '-i', ...modest, 'lab', 'cat'), { input: 'words' })).stdout,
      'words',
    );
  });

  it('tells a program that is missing from one that may not be executed', async () => {
    assert.equal((await run('lab', 'no-such-program')).code, 127);
    assert.equal((await run('lab', '/etc/passwd')).code, 126);
  });

  it('gives a terminal (-it)', async () => {
    const line = podman('run', '--rm', '-it', ...modest, 'lab', 'sh', '-c', 'tty; stty size')
      .map((word) => `'${word}'`)
      .join(' ');
    assert.match(
      await said(['script', '-qec', `stty rows 33 cols 77; ${line}`, '/dev/null']),
      /\/dev\/pts\/0\r?\n33 77/,
    );
  });

  it('maps users', async () => {
    const { stdout, stderr } = await run(
      '--uidmap',
      '0:100000:65536',
      'lab',
      'sh',
      '-c',
      'cat /proc/self/uid_map; touch /x && stat -c %u /x',
    );
    assert.match(stdout, /^ +0 +100000 +65536\n0\n$/, stderr);
    const host = await run('--userns', 'host', 'lab', 'cat', '/proc/self/uid_map');
    assert.match(host.stdout, /^ +0 +0 +4294967295/, host.stderr);
  });

  it('maps users also in the PID namespace of the host, whose /proc is bound then', async () => {
    const { stdout, stderr, code } = await run(
      ...['--pid', 'host', '--uidmap', '0:100000:65536', 'lab'],
      ...['sh', '-c', 'id -u; cat /proc/1/comm'],
    );
    assert.equal(code, 0, stderr);
    assert.equal(stdout, `0\n${readFileSync('/proc/1/comm', 'utf8')}`);
  });

  it('limits, confines and mounts', async () => {
    const options = [
      '-m',
      '64m',
      '--pids-limit',
      '30',
      '--cap-drop',
      'all',
      '--read-only',
      '--tmpfs',
      '/scratch',
      '--security-opt',
      'no-new-privileges',
    ];
    const line =
      'grep -E "^(CapEff|NoNewPrivs)" /proc/self/status; touch /x; touch /scratch/x && echo fine; cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max';
    const { stdout, stderr } = await run(...options, 'lab', 'sh', '-c', line);
    assert.match(stdout, /CapEff:\s+0+\nNoNewPrivs:\s+1\nfine\n67108864\n/, stderr);
  });

  it('takes a container through its life: exec, pause, stop, start, kill', async () => {
    const name = 'lives';
    await said(
      podman(
        'run',
        '-d',
        '--name',
        name,
        ...modest,
        'lab',
        'sh',
        '-c',
        'trap "exit 7" TERM; while :; do sleep 0.1; done',
      ),
    );
    try {
      assert.equal(await said(podman('exec', name, 'sh', '-c', 'echo $$ > /tmp/x; cat /proc/1/comm')), 'sh');
      assert.equal((await command(podman('exec', name, 'sh', '-c', 'exit 9'))).code, 9);
      const line = podman('exec', '-it', name, 'tty')
        .map((word) => `'${word}'`)
        .join(' ');
      assert.match(await said(['script', '-qec', line, '/dev/null']), /\/dev\/pts\/\d/);
      await said(podman('pause', name));
      assert.equal(await said(podman('inspect', '-f', '{{.State.Status}}', name)), 'paused');
      await said(podman('unpause', name));
      assert.match(await said(podman('top', name, 'pid', 'comm')), /sh/);
      await said(podman('stop', '-t', '10', name));
      assert.equal(await said(podman('inspect', '-f', '{{.State.ExitCode}}', name)), '7');
      await said(podman('start', name));
      await said(podman('kill', name));
      await said(podman('wait', name));
      assert.equal(await said(podman('inspect', '-f', '{{.State.ExitCode}}', name)), '137');
    } finally {
      await command(podman('rm', '-f', '-t', '0', name));
    }
    assert.equal(await said(podman('ps', '-aq')), '');
  });
});
