/** What `docker run` can be told about a container, seen from where it counts: inside, and in the kernel's own files. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { features } from '../../src/linux/features.ts';
import { readMountinfo } from '../../src/linux/mountinfo.ts';
import { native } from '../../src/linux/native.ts';
import { unmountAll } from '../../src/snapshots/mount.ts';
import { bridgeOfOwn, startEngine, type Server } from './engine-support.ts';
import { command, eventually, folder, freshFolder, isInstalled, said, skipAll } from './support.ts';

/** Devices that a container has not got unless somebody gives it one. */
const SELDOM = ['/dev/fuse', '/dev/loop-control', '/dev/hwrng', '/dev/kvm', '/dev/kmsg'];

describe('options of docker run', function () {
  this.timeout(120_000);
  let engine: Server | undefined;

  const docker = (...words: string[]): Promise<string> => said(engine!.docker(...words));
  const run = (options: readonly string[], script: string): Promise<string> =>
    docker('run', '--rm', '--network', 'none', ...options, 'lab', 'sh', '-c', script);
  const pidOf = (name: string): Promise<string> => docker('inspect', '-f', '{{.State.Pid}}', name);

  before(async function () {
    if (!isInstalled('docker')) skipAll(this, 'no docker here');
    engine = await startEngine(...bridgeOfOwn());
  });
  after(() => engine?.end());
  afterEach(() => command(['sh', '-c', `docker -H ${engine!.host} ps -aq | xargs -r docker -H ${engine!.host} rm -f`]));

  it('--security-opt seccomp=FILE lets through what the file says, and unconfined everything', async () => {
    const profile = join(folder, 'no-mkdir.json');
    const syscalls = [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 122 }];
    writeFileSync(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls }));
    const script = 'mkdir /made 2>&1; unshare -m true 2>&1; grep Seccomp: /proc/self/status';
    assert.equal(
      await run(['--cap-add', 'SYS_ADMIN', '--security-opt', `seccomp=${profile}`], script),
      "mkdir: can't create directory '/made': Disk quota exceeded\nSeccomp:\t2",
    );
    assert.equal(await run(['--security-opt', 'seccomp=unconfined'], 'grep Seccomp: /proc/self/status'), 'Seccomp:\t0');
    const { code, stderr } = await command(
      engine!.docker('run', '--rm', '--security-opt', `seccomp=${join(folder, 'no-such.json')}`, 'lab', 'true'),
    );
    assert.deepEqual([code, /no-such\.json/.test(stderr)], [125, true]);
  });

  it('--ulimit sets limits of the program, and of what exec starts beside it', async () => {
    await docker(
      'run',
      '-d',
      '--name',
      'box',
      '--ulimit',
      'nofile=100:200',
      '--ulimit',
      'core=0',
      'lab',
      'sleep',
      '1000',
    );
    const limits = readFileSync(`/proc/${await pidOf('box')}/limits`, 'utf8');
    assert.match(limits, /^Max open files +100 +200 /m);
    assert.match(limits, /^Max core file size +0 +0 /m);
    assert.equal(await docker('exec', 'box', 'sh', '-c', 'ulimit -n; ulimit -Hn'), '100\n200');
  });

  it('--memory, --cpus and --pids-limit stand in its cgroup, and update changes them there', async () => {
    const limits = ['--memory', '64m', '--memory-swap', '96m', '--cpus', '0.5', '--pids-limit', '33'];
    await docker('run', '-d', '--name', 'box', ...limits, 'lab', 'sleep', '1000');
    const pid = await pidOf('box');
    assert.deepEqual(limitsOf(pid), { memory: 64 << 20, cpus: 0.5, pids: 33 });
    await docker('update', '--memory', '80m', '--cpus', '1.5', '--pids-limit', '44', 'box');
    assert.deepEqual(limitsOf(pid), { memory: 80 << 20, cpus: 1.5, pids: 44 });
  });

  it('--pids-limit stops a fork bomb, and --memory what takes too much', async () => {
    const { code } = await command(
      engine!.docker(
        'run',
        '--name',
        'greedy',
        '-m',
        '16m',
        'lab',
        'dd',
        'if=/dev/zero',
        'of=/dev/null',
        'bs=64M',
        'count=1',
      ),
    );
    assert.equal(code, 137);
    assert.equal(await docker('inspect', '-f', '{{.State.OOMKilled}}', 'greedy'), 'true');
    const many = '(for i in $(seq 40); do sleep 5 & done) 2>&1; true';
    assert.match(await run(['--pids-limit', '20'], many), /can't fork: Resource temporarily unavailable/);
  });

  it('-v SOURCE:PLACE:ro keeps the container from writing to what is mounted below, too', async function () {
    if (!features().mountSetattr) return this.skip();
    const source = freshFolder('above');
    const below = freshFolder('above/below');
    native.mount('tmpfs', below, 'tmpfs', 0, 'size=64k');
    try {
      const script = 'for place in /x /x/below; do touch $place/made 2>&1; done; true';
      const refused = (path: string): string => `touch: ${path}/made: Read-only file system`;
      assert.equal(await run(['-v', `${source}:/x:ro`], script), `${refused('/x')}\n${refused('/x/below')}`);
      const mount = `type=bind,source=${source},target=/x,readonly`;
      assert.equal(await run(['--mount', mount], script), `${refused('/x')}\n${refused('/x/below')}`);
      assert.equal(await run(['--mount', `${mount},bind-recursive=writable`], script), refused('/x'));
      await docker('create', '--name', 'box', '-v', `${source}:/x:ro`, 'lab', 'true');
      const { code } = await command(engine!.docker('cp', '/etc/passwd', 'box:/x/below/passwd'));
      assert.notEqual(code, 0);
      assert.equal(await said(['ls', below]), 'made', 'what bind-recursive=writable has let through');
    } finally {
      unmountAll(below);
    }
  });

  it('--device gives one device under the name and with the rights that were said, and nobody else has it', async function () {
    const device = SELDOM.find((path) => existsSync(path));
    if (!device) return this.skip();
    const shown = '/dev/mine';
    const open = `(exec 3<${shown}) 2>&1 && echo read; (exec 3>${shown}) 2>&1; true`;
    assert.equal(
      await run(['--device', `${device}:${shown}:r`], `test -c ${shown} && ${open}`),
      ['read', `sh: can't create ${shown}: Operation not permitted`].join('\n'),
    );
    const [major, minor] = (await said(['stat', '-c', '%Hr %Lr', device])).split(' ');
    assert.equal(
      await run([], `ls ${device} 2>/dev/null; mknod ${shown} c ${major} ${minor}; (exec 3<${shown}) 2>&1; true`),
      `sh: can't open ${shown}: Operation not permitted`,
    );
  });

  it('--network container:NAME asks the name server that answers there, of docker build, too', async () => {
    await docker('network', 'create', 'own');
    await docker('run', '-d', '--name', 'box', '--network', 'own', 'lab', 'sleep', '1000');
    const script = 'hostname; head -n 1 /etc/resolv.conf; nslookup box | grep ^Address';
    const there = await docker('exec', 'box', 'sh', '-c', script);
    assert.match(there, /^nameserver 127\.0\.0\.11$/m);
    const options = ['--network', 'container:box'];
    assert.equal(await docker('run', '--rm', ...options, 'lab', 'sh', '-c', script), there);
    const context = freshFolder('shared');
    writeFileSync(join(context, 'Dockerfile'), `FROM lab\nRUN ${script}\n`);
    const build = ['env', 'DOCKER_BUILDKIT=0', ...engine!.docker('build', '--no-cache', ...options, context)];
    const told = await said(build);
    assert(told.includes(`${there}\n`), `${there}\n--\n${told}`);
    await docker('exec', 'box', 'sh', '-c', 'head -c 2000000 /dev/zero > /etc/hosts');
    const flooded = await command(engine!.docker('run', '--rm', ...options, 'lab', 'true'));
    assert.match(flooded.stderr, /\/etc\/hosts of container \w+ has more than 1 MiB/);
    await docker('stop', '-t', '0', 'box');
    const { code, stderr } = await command(build);
    assert.equal(code, 1);
    assert.match(stderr, /cannot join the namespaces of a non running container/);
    await docker('rm', 'box');
    await docker('network', 'rm', 'own');
  });

  it('--restart starts again what fails, and every end and start is told', async () => {
    await docker(
      'run',
      '-d',
      '--name',
      'failing',
      '--restart',
      'on-failure:2',
      'lab',
      'sh',
      '-c',
      'echo again; exit 3',
    );
    await eventually('it is given up', async () =>
      /^exited 2$/.test(await docker('inspect', '-f', '{{.State.Status}} {{.RestartCount}}', 'failing')),
    );
    assert.equal(await docker('logs', 'failing'), 'again\nagain\nagain');
    const filters = ['--filter', 'container=failing', '--filter', 'event=start', '--filter', 'event=die'];
    const until = String(Math.floor(Date.now() / 1000) + 1); // docker leaves out fractions
    const format = ['--format', '{{.Action}} {{.Actor.Attributes.exitCode}}'];
    const told = await docker('events', '--since', '10m', '--until', until, ...filters, ...format);
    const turn = ['start <no value>', 'die 3'];
    assert.deepEqual(told.split('\n'), [...turn, ...turn, ...turn]);
  });
});

/** As the kernel has them, in either version of cgroups. */
function limitsOf(pid: string): { memory: number; cpus: number; pids: number } {
  const read = (controller: string, v1: string, v2: string): string => fileOf(pid, controller, v1, v2);
  const [quota, period] = read('cpu', 'cpu.cfs_quota_us cpu.cfs_period_us', 'cpu.max').split(/\s+/).map(Number);
  return {
    memory: Number(read('memory', 'memory.limit_in_bytes', 'memory.max')),
    cpus: quota! / period!,
    pids: Number(read('pids', 'pids.max', 'pids.max')),
  };
}

function fileOf(pid: string, controller: string, v1: string, v2: string): string {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(':'));
  const own = lines.find(([, names]) => names!.split(',').includes(controller));
  const [, , path] = own ?? lines.find(([number]) => number === '0')!;
  const mounted = readMountinfo().find(({ type, superOptions }) =>
    own ? type === 'cgroup' && superOptions.split(',').includes(controller) : type === 'cgroup2',
  )!;
  return (own ? v1 : v2)
    .split(' ')
    .map((name) => readFileSync(join(mounted.mountPoint, path!, name), 'utf8').trim())
    .join(' ');
}
