/** What cannot be obeyed is refused when a container is made: bodies that no client of Docker's writes, sent to both engines. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { both, lacks, startDockerd, startEngine, type Server } from './engine-support.ts';
import { command, labArchive, said, skipAll } from './support.ts';

type Body = Record<string, unknown>;

interface Refusal {
  readonly status: number;
  readonly message?: string;
}

/** What an engine answers to `POST /containers/create`. */
function created({ host }: Server, body: Body): Promise<Refusal> {
  const text = JSON.stringify({ Image: 'lab', Cmd: ['true'], ...body });
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
    const socketPath = host.replace('unix://', '');
    const asked = request({ socketPath, method: 'POST', path: '/v1.41/containers/create', headers }, (answer) => {
      let all = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (all += chunk));
      answer.on('end', () =>
        resolve({ status: answer.statusCode!, message: (JSON.parse(all) as { message?: string }).message }),
      );
    });
    asked.on('error', reject).end(text);
  });
}

const host = (HostConfig: Body): Body => ({ HostConfig });
const health = (Healthcheck: Body): Body => ({ Healthcheck: { Test: ['CMD', 'true'], ...Healthcheck } });
const log = (Type: string, Config: Body = {}): Body => host({ LogConfig: { Type, Config } });

const shared = { NetworkMode: 'container:another' };

/** Refused by both, in the same words. */
const alike: Record<string, Body> = {
  'a runtime that there is not': host({ Runtime: 'foo' }),
  'a log driver that there is not': log('foo'),
  'an option that json-file has not': log('json-file', { foo: '1' }),
  'a signal that there is not': { StopSignal: 'FOO' },
  'a health check every nanosecond': health({ Interval: 1 }),
  'a health check in no time': health({ Timeout: -1 }),
  'a start of a nanosecond': health({ StartPeriod: 1 }),
  'fewer tries than none': health({ Retries: -1 }),
  'a variable without a name': { Env: ['=x'] },
  'a variable that is nothing': { Env: [''] },
  'a folder to begin in that is relative': { WorkingDir: 'rel' },
  'processors that there are not': host({ CpusetCpus: '0-999' }),
  'memory nodes that there are not': host({ CpusetMems: '99' }),
  'a period of a microsecond': host({ CpuPeriod: 1 }),
  'a quota of five': host({ CpuQuota: 5 }),
  'more processors than there are': host({ NanoCpus: 9999e9 }),
  'fewer processors than none': host({ NanoCpus: -1 }),
  'swappiness above 100': host({ MemorySwappiness: 101 }),
  'a reservation of a byte': host({ MemoryReservation: 1 }),
  'a reservation above the limit': host({ Memory: 10 << 20, MemoryReservation: 20 << 20 }),
  'kernel memory of a byte': host({ KernelMemory: 1 }),
  'a place for the OOM killer that is none': host({ OomScoreAdj: 1001 }),
  'shared memory of less than nothing': host({ ShmSize: -1 }),
  'a host without an address': host({ ExtraHosts: ['x'] }),
  'the network of nobody': host({ NetworkMode: 'container:' }),
  'a link to nobody': host({ Links: ['nobody:alias'] }),
  'a link to nobody, without a network': host({ NetworkMode: 'none', Links: ['nobody:alias'] }),
  'a link in the network of the machine': host({ NetworkMode: 'host', Links: ['nobody:alias'] }),
  'a MAC in the network of the machine': { MacAddress: '02:42:ac:11:00:02', ...host({ NetworkMode: 'host' }) },
  'a port in the network of another': host({ ...shared, PortBindings: { '80/tcp': [{ HostPort: '80' }] } }),
  'a port of its own in the network of another': { ExposedPorts: { '80/tcp': {} }, ...host(shared) },
  'a name of its own in the network of another': { Hostname: 'own', ...host(shared) },
  'name servers in the network of another': host({ ...shared, Dns: ['10.1.2.3'] }),
  'hosts in the network of another': host({ ...shared, ExtraHosts: ['a:10.1.2.3'] }),
  'a link in the network of another': host({ ...shared, Links: ['nobody:alias'] }),
  'a name of its own for the machine': { Hostname: 'own', ...host({ UTSMode: 'host' }) },
  'the volumes of nobody': host({ VolumesFrom: ['nobody'] }),
  'a volume that nobody can ever write to': host({ Mounts: [{ Type: 'volume', Target: '/v', ReadOnly: true }] }),
  'a restart policy that there is not': host({ RestartPolicy: { Name: 'sometimes' } }),
  'a mount of no kind': host({ Mounts: [{ Type: 'bogus', Target: '/x' }] }),
  'fewer restarts than none': host({ RestartPolicy: { Name: 'on-failure', MaximumRetryCount: -1 } }),
};

/** dockerd takes these, and fails with them at the start or never obeys them; or it says the same less plainly. */
const ours: Record<string, readonly [Body, RegExp]> = {
  'a set that is none': [host({ CpusetCpus: '1-0' }), /^Invalid value 1-0 for cpuset cpus/],
  'Windows’ isolation': [host({ Isolation: 'hyperv' }), /only supports 'default'/],
  'a log of no files': [log('json-file', { 'max-file': '0' }), /: max-file cannot be less than 1$/],
  'a log of an unknown size by a driver that is not named': [log('', { 'max-size': 'x' }), /: invalid size: 'x'$/],
  'an option that tmpfs has not': [host({ Tmpfs: { '/t': 'foo=1' } }), /^invalid tmpfs option \["foo" "1"\]$/],
  'a device that a driver would choose': [
    host({ DeviceRequests: [{ Driver: '', Count: -1, Capabilities: [['gpu']] }] }),
    /^could not select device driver "" with capabilities: \[\[gpu\]\]$/,
  ],
  // A 404 would be taken for the image's by docker's command line.
  'a network that there is not': [host({ NetworkMode: 'nosuch' }), /^network nosuch not found$/],
  'a log of an unknown size': [log('json-file', { 'max-size': 'x' }), /: invalid size: 'x'$/],
  'options for layers': [host({ StorageOpt: { size: '1G' } }), /^--storage-opt size/],
  'a group that is not in the image': [host({ GroupAdd: ['nosuch'] }), /find group nosuch: no matching entries/],
  'a health check of a kind that there is not': [health({ Test: ['FOO'] }), /Unknown healthcheck type 'FOO'/],
  'a name longer than the kernel’s': [{ Hostname: 'x'.repeat(65) }, /^invalid hostname/],
  'a link that is none': [host({ Links: ['a:b:c'] }), /^bad format for links: a:b:c$/],
  'a NUL in a command': [{ Cmd: ['a\0b'] }, /Cmd\.0: expected a string without NUL, found the string "a\\u0000b"$/],
  'a command that is a number': [{ Cmd: 7 }, /Cmd: expected a string or a list of strings, found the number 7$/],
  'a NUL in a variable': [{ Env: ['A=\0'] }, /Env/],
  'a port that there is not': [host({ PortBindings: { '80/tcp': [{ HostPort: '99999' }] } }), /"99999"/],
};

describe('what a container cannot be', function () {
  this.timeout(120_000);
  let mine: Server;
  let theirs: Server;

  before('an engine, and a dockerd', async function () {
    const reason = lacks();
    if (reason) skipAll(this, reason);
    [mine, theirs] = await Promise.all([startEngine(), startDockerd()]);
    for (const server of [mine, theirs]) await said(server.docker('import', await labArchive(), 'lab'));
  });
  after(async () => {
    await mine?.end();
    await theirs?.end();
  });

  for (const [what, body] of Object.entries(alike))
    it(`is refused as dockerd refuses it: ${what}`, async () => {
      const answer = await created(mine, body);
      assert.deepEqual(answer, await created(theirs, body));
      assert.equal(answer.status, 400);
    });

  for (const [what, [body, message]] of Object.entries(ours))
    it(`is refused at once: ${what}`, async () => {
      const answer = await created(mine, body);
      assert.equal(answer.status, 400, answer.message);
      assert.match(answer.message!, message);
    });

  it('leaves nothing', async () => {
    assert.equal(await said(mine.docker('ps', '-aq')), '');
  });

  it('says that a limit is left out which no kernel has', async () => {
    await both(mine, theirs, ['create', '--name', 'limited', '--kernel-memory', '8m', 'lab', 'true'], {
      same: (text) => text.replace(/WARNING: .*/g, 'WARNING').replace(/DIGEST/g, 'ID'),
    });
    await both(mine, theirs, ['rm', 'limited']);
  });

  it('adds groups by name and by number, also to what is executed in it, and to other users', async () => {
    const groups = ['--group-add', 'tty', '--group-add', '4321'];
    await both(mine, theirs, ['run', '--rm', '--network', 'none', ...groups, 'lab', 'id', '-G']);
    await both(mine, theirs, ['run', '--rm', '--network', 'none', ...groups, '-u', 'learner', 'lab', 'id', '-G']);
    const words = ['run', '-d', '--init', '--network', 'none', '--name', 'up', ...groups, 'lab', 'sleep', '1000'];
    for (const server of [mine, theirs]) await said(server.docker(...words));
    await both(mine, theirs, ['exec', 'up', 'id', '-G']);
    await both(mine, theirs, ['exec', '-u', 'learner', 'up', 'id', '-G']);
    for (const server of [mine, theirs]) await said(server.docker('rm', '-f', 'up'));
  });

  it('says in Docker’s words what is not there', async () => {
    const same = (text: string): string =>
      text
        .replace(/failed to create shim task: |exec failed: unable to start container process: /g, '')
        .replace(/runc create failed: unable to start container process: /g, '')
        .replace(/volume '\S+'/, 'volume PATH')
        .replace(/(: mount \S+?):\S+?(, flags: \w+)?(, data: \S+)?: /, '$1: ');
    const alone = ['--network', 'none'];
    const commands: readonly string[][] = [
      ['run', '-d', '--init', ...alone, '--name', 'up', 'lab', 'sleep', '1000'],
      ['exec', '-w', '/nope', 'up', 'true'],
      ['exec', '-u', 'nobody-here', 'up', 'true'],
      ['exec', '-u', '0:nobody-here', 'up', 'true'],
      ['exec', 'up', 'nope'],
      ['run', '--rm', ...alone, '-u', 'nobody-here', 'lab', 'true'],
      ['run', '--rm', ...alone, '-w', '/etc/passwd', 'lab', 'true'],
      ['kill', 'nobody'],
      ['update', '--restart', 'sometimes', 'up'],
      ['network', 'create', 'host'],
      ['volume', 'create', '-o', 'type=none', '-o', 'o=bind', '-o', 'device=/no/such', 'lost'],
      ['create', ...alone, '--name', 'later', '-v', 'lost:/not/in/the/image', 'lab', 'true'],
      ['start', 'later'],
      ['run', ...alone, '--name', 'now', '-v', 'lost:/not/in/the/image', 'lab', 'true'],
    ];
    try {
      for (const words of commands) await both(mine, theirs, words, { same });
    } finally {
      for (const server of [mine, theirs]) await command(server.docker('rm', '-f', 'up', 'later', 'now'));
    }
  });
});
