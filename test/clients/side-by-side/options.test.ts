/**
 * The options of every verb: the same names, letters and kinds of values as in the help of docker 28; and what `create`
 * and `run` make of them: the same container, as `inspect` sees it.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { groups, verbs, type Entry } from '../../../src/cli/docker/verbs.ts';
import { sampled } from '../../sample.ts';
import { command, folder, isInstalled, said, skipAll, type Daemon } from '../support.ts';
import { docker, drydock, startDockerd } from './support.ts';

/** `-a, --all` → `all: a`; `--format string` → `format string`. */
function optionsIn(help: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, short = '', name, kind = ''] of help.matchAll(
    /^ {2,6}(?:-(\w), |)--([\w-]+)(?: ([a-z][\w-]*))?(?: {2,}|$)/gm,
  ))
    if (name !== 'help') found.set(name!, `${short} ${kind}`);
  return found;
}

/** What only docker has, and why it is not here. */
const windows = 'containers of Windows have it';
const swarm = 'volumes of a swarm have it';
const missing: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['run', 'create', 'container run', 'container create'].flatMap((path) =>
      ['cpu-count', 'cpu-percent', 'io-maxbandwidth', 'io-maxiops'].map((name) => [`${path} --${name}`, windows]),
    ),
  ),
  ...Object.fromEntries(
    'availability group limit-bytes required-bytes scope secret sharing topology-preferred topology-required type'
      .split(' ')
      .map((name) => [`volume create --${name}`, swarm]),
  ),
  'volume ls --cluster': swarm,
  'images --tree': 'an experiment of docker’s, which needs API 1.47',
  'image ls --tree': 'an experiment of docker’s, which needs API 1.47',
  'volume prune --all': 'needs API 1.42',
};

/** What docker has only with BuildKit, and drydock always. */
const more = new Set(['debug', 'load', 'progress', 'provenance', 'sbom', 'secret']);
const isMore = (path: readonly string[], name: string): boolean => path.at(-1) === 'build' && more.has(name);

describe('the options of docker’s verbs', function () {
  this.timeout(300_000);
  before('a docker', function () {
    if (!isInstalled('docker')) skipAll(this, 'no docker here');
  });

  const all: [path: string[], entry: Entry][] = [
    ...verbs.map((entry): [string[], Entry] => [[entry.name], entry]),
    ...Object.entries(groups).flatMap(([group, entries]) =>
      entries.map((entry): [string[], Entry] => [[group, entry.name], entry]),
    ),
  ];
  for (const [path, entry] of all.filter(([[name]]) => name !== 'completion'))
    it(`${path.join(' ')} has those of docker 28`, async () => {
      const theirs = optionsIn(await said(['docker', ...path, '--help']));
      const { flags } = await entry.load();
      const visible = Object.entries(flags).filter(
        ([name, flag]) => (!flag.isHidden || theirs.has(name)) && !isMore(path, name),
      );
      const ours = new Map(visible.map(([name, { short = '', kind }]) => [name, `${short} ${kind}`]));
      for (const name of theirs.keys()) if (missing[`${path.join(' ')} --${name}`]) theirs.delete(name);
      assert.deepEqual([...ours].sort(), [...theirs].sort());
    });
});

describe('a container that drydock creates', function () {
  this.timeout(300_000);
  let server: Daemon | undefined;
  before('a dockerd', async function () {
    if (!isInstalled('dockerd') || !isInstalled('docker')) skipAll(this, 'no dockerd here');
    server = await startDockerd();
    await said([...docker, 'create', '--name', 'other', 'lab', 'true']);
    mkdirSync(join(folder, 'given'), { recursive: true });
    writeFileSync(join(folder, 'given', 'env'), '# words\nA=b\n\nHOME\nNOT_SET_HERE\n');
    writeFileSync(join(folder, 'given', 'seccomp.json'), '{ "defaultAction": "SCMP_ACT_ALLOW" }');
  });
  after('the dockerd ends', async () => {
    if (server) await said([...docker, 'rm', 'other']);
    await server?.end();
  });

  const lines: readonly string[][] = [
    ['lab'],
    ['lab', 'sh', '-c', 'exit 3'],
    ['-it', '-h', 'box', '--domainname', 'dom', '-u', '5:6', '-w', '/wd', '--entrypoint', 'cat', 'lab', '/x'],
    ['--entrypoint', '', 'lab', 'true'],
    ['-i', '-a', 'stdin', '-a', 'stdout', 'lab'],
    ['-e', 'A=b=c', '-e', 'HOME', '-e', 'NOT_SET_HERE', '--env-file', `${folder}/given/env`, 'lab'],
    ['-l', 'a=b', '-l', 'bare', '--label-file', `${folder}/given/env`, 'lab'],
    [
      '-p',
      '80',
      '-p',
      '8080:80',
      '-p',
      '127.0.0.1:9000-9002:9000-9002/udp',
      '-p',
      '[::1]:81:81',
      '-p',
      '7000-7005:70',
      '-P',
      'lab',
    ],
    ['-p', 'target=80,published=8080,protocol=udp', '--expose', '90-92/udp', '--expose', '5', 'lab'],
    [
      '-v',
      '/a:/b',
      '-v',
      'named:/c:ro',
      '-v',
      '/d',
      '--tmpfs',
      '/t:size=1m',
      '--tmpfs',
      '/u',
      '--volumes-from',
      'other:ro',
      'lab',
    ],
    ['--mount', 'type=bind,src=/tmp,dst=/x,readonly,bind-propagation=rshared', 'lab'],
    ['--mount', 'type=bind,src=/tmp,dst=/x,readonly,bind-recursive=writable', 'lab'],
    ['--mount', 'type=bind,src=/tmp,dst=/x,readonly,bind-recursive=enabled', 'lab'],
    ['--mount', 'type=bind,src=/tmp,dst=/x,bind-recursive=disabled', 'lab'],
    ['--mount', 'type=bind,src=/tmp,dst=/x,bind-recursive=other', 'lab'],
    ['--mount', 'type=bind,src=/tmp,dst=/x,bind-recursive=readonly', 'lab'],
    ['--mount', 'type=bind,src=/tmp,dst=/x,readonly,bind-recursive=readonly', 'lab'],
    [
      '--mount',
      'type=volume,source=vol,target=/y,volume-nocopy,volume-label=a=b,volume-driver=local,volume-opt=type=tmpfs',
      'lab',
    ],
    ['--mount', 'type=tmpfs,dst=/z,tmpfs-size=1m,tmpfs-mode=700', '--read-only', '--shm-size', '128m', 'lab'],
    [
      '-m',
      '64m',
      '--memory-reservation',
      '32m',
      '--memory-swap',
      '-1',
      '--memory-swappiness',
      '5',
      '--oom-kill-disable',
      'lab',
    ],
    ['--cpus', '1.5', '--cpu-shares', '512', '--cpuset-cpus', '0', '--cpuset-mems', '0', '--pids-limit', '9', 'lab'],
    ['--cpu-period', '50000', '--cpu-quota', '25000', '--oom-score-adj', '77', '--cgroup-parent', '/mine', 'lab'],
    ['--blkio-weight', '100', '--blkio-weight-device', '/dev/vda:200', 'lab'],
    [
      '--device-read-bps',
      '/dev/vda:1mb',
      '--device-write-bps',
      '/dev/vda:2kb',
      '--device-read-iops',
      '/dev/vda:5',
      '--device-write-iops',
      '/dev/vda:6',
      'lab',
    ],
    [
      '--device',
      '/dev/null',
      '--device',
      '/dev/zero:/dev/mine:r',
      '--device',
      '/dev/full:rw',
      '--device-cgroup-rule',
      'c 1:3 rwm',
      'lab',
    ],
    ['--cap-add', 'NET_ADMIN', '--cap-drop', 'all', '--privileged', '--group-add', '5', '--group-add', 'audio', 'lab'],
    ['--security-opt', 'no-new-privileges', '--security-opt', `seccomp=${folder}/given/seccomp.json`, 'lab'],
    ['--security-opt', 'systempaths=unconfined', '--security-opt', 'apparmor=unconfined', 'lab'],
    ['--pid', 'host', '--uts', 'host', '--ipc', 'private', '--userns', 'host', '--cgroupns', 'host', 'lab'],
    ['--pid', 'container:other', '--ipc', 'container:other', '--network', 'container:other', 'lab'],
    ['--network', 'none', '--network-alias', 'nobody', 'lab'],
    ['--network', 'host', '--dns', '1.1.1.1', '--dns-option', 'ndots:2', '--dns-search', 'example.org', 'lab'],
    ['--network', 'name=mine,alias=db,alias=sql,ip=172.30.0.9', '--network-alias', 'more', 'lab'],
    ['--network', 'mine', '--ip', '172.30.0.7', '--ip6', '2001:db8::7', '--link-local-ip', '169.254.1.1', 'lab'],
    ['--add-host', 'a:1.2.3.4', '--add-host', 'b=::1', '--add-host', 'c:[::2]', '--link', 'other:alias', 'lab'],
    ['--sysctl', 'net.ipv4.ip_default_ttl=77', '--ulimit', 'nofile=100:200', '--ulimit', 'core=0', '--init', 'lab'],
    [
      '--health-cmd',
      'true',
      '--health-interval',
      '1m30s',
      '--health-retries',
      '3',
      '--health-timeout',
      '250ms',
      '--health-start-period',
      '2s',
      'lab',
    ],
    ['--no-healthcheck', '--stop-signal', 'INT', '--stop-timeout', '4', '--restart', 'on-failure:3', 'lab'],
    [
      '--rm',
      '--log-driver',
      'json-file',
      '--log-opt',
      'max-size=1m',
      '--log-opt',
      'max-file=3',
      '--runtime',
      'runc',
      '--isolation',
      'default',
      'lab',
    ],
    ['--restart', 'unless-stopped', '--volume-driver', 'local', '--init=false', '--platform', 'linux/amd64', 'lab'],
  ];
  for (const line of sampled(lines, 2))
    it(`is docker’s: create ${line.join(' ')}`, async () => {
      const [theirs, ours] = [await created(docker, line), await created(drydock, line)];
      assert.deepEqual(ours, theirs);
    });
});

/** The container as the engine has it, or what the engine said against it; without what is new in every container. */
async function created(program: readonly string[], line: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await command([...program, 'create', '--name', 'compared', ...line]);
  if (code !== 0) return { code, stderr: stderr.replaceAll('drydock', 'docker') };
  const text = await said([...docker, 'inspect', 'compared']);
  await said([...docker, 'rm', '-v', 'compared']);
  const plain = text
    .replaceAll(stdout.trim(), 'ID')
    .replaceAll(stdout.slice(0, 12), 'ID')
    .replace(/\b[0-9a-f]{64}\b/g, 'ID64');
  const [container] = JSON.parse(plain.replace(/"\d{4}-[^"]*"/g, '"TIME"')) as [
    { Mounts: { Destination: string }[]; Config: { Env: string[] | null } },
  ];
  // Docker gives both in any order.
  container.Config.Env?.sort();
  container.Mounts.sort((a, b) => a.Destination.localeCompare(b.Destination));
  return container;
}
