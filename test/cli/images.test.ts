/** The verbs of images, through an engine that the first of them starts: outputs, words, exit codes, a registry on loopback. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  createReadStream,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startRegistry, type LocalRegistry } from '../../src/learn/registry/local.ts';
import { readMountinfo } from '../../src/linux/mountinfo.ts';
import {
  cli,
  drydock,
  endEngine,
  engineFolders,
  engineIn,
  environment,
  eventually,
  freshFolder,
  leavesNothing,
  list,
  output,
  ownEngine,
} from './support.ts';

describe('the verbs of images', function () {
  this.timeout(180_000);
  leavesNothing();
  const env = { ...ownEngine(), DOCKER_CONFIG: freshFolder('docker-config') };
  const said = (...words: string[]): Promise<string> => output(words, { env });
  const failed = async (code: number, ...words: string[]): Promise<string> => {
    const answer = await drydock(words, { env });
    assert.equal(answer.code, code, `${words.join(' ')}: ${answer.stdout}${answer.stderr}`);
    return answer.stderr;
  };
  let registry: LocalRegistry;
  let name = '';
  before(async () => {
    registry = await startRegistry();
    name = `${registry.host}/team/lab:1`;
  });
  after(() => registry?.stop());

  it('run the lab, with the exit code of its program', async () => {
    assert.equal(await said('run', '--rm', 'lab', 'echo', 'hi'), 'hi\n');
    await failed(7, 'run', '--rm', 'lab', 'sh', '-c', 'exit 7');
    await failed(127, 'run', '--rm', 'lab', 'no-such-program');
    await failed(126, 'run', '--rm', 'lab', '/etc/passwd');
    assert.match(await failed(125, 'run', '--pull', 'never', 'nothing:1'), /No such image: nothing:1/);
  });

  it('give a container what the image and the person say', async () => {
    const script = 'id -u; pwd; echo $A; cat /etc/hostname; ls -d /srv/made';
    const words = [
      'run',
      '--rm',
      '-u',
      'learner',
      '-w',
      '/srv/made',
      '-e',
      'A=b',
      '--hostname',
      'boat',
      'lab',
      'sh',
      '-c',
      script,
    ];
    assert.equal(await said(...words), '1000\n/srv/made\nb\nboat\n/srv/made\n');
    assert.equal(await said('run', '--rm', '--entrypoint', 'echo', 'lab', 'x'), 'x\n');
  });

  it('say which platform an image is for, when another one is wanted', async () => {
    const nothing = join(env.DRYDOCK_ROOT, 'nothing.tar');
    execFileSync('tar', ['-C', freshFolder('nothing'), '-cf', nothing, '.']);
    const wrong = /was found but does not match the specified platform: wanted linux\/s390x, actual: linux\/\w+/;
    assert.match(await failed(125, 'run', '--pull', 'never', '--platform', 'linux/s390x', 'lab', 'true'), wrong);
    assert.match(await failed(1, 'pull', '--platform', 'nonsense', name), /'nonsense' is no platform/);
    await said('import', '--platform', 'linux/s390x', nothing, 'other:1');
    const { stderr } = await drydock(['run', '--rm', 'other:1', '/bin/true'], { env });
    assert.match(stderr, /^WARNING: The requested image's platform \(linux\/s390x\) does not match the detected host/);
    await said('rmi', 'other:1');
  });

  it('keep images by the storage driver that the environment of the first one names', async () => {
    const own = engineFolders();
    try {
      const asked = { env: { ...own, DRYDOCK_STORAGE_DRIVER: 'vfs' } };
      assert.equal(await output(['run', '--rm', 'lab', 'echo', 'vfs'], asked), 'vfs\n');
      assert.match(await output(['info'], { env: own }), /^ ?Storage Driver: vfs$/m);
    } finally {
      await endEngine(own.DRYDOCK_RUN);
    }
  });

  it('push, forget, pull and run an image, in Docker’s words', async () => {
    await said('tag', 'lab', name);
    assert.match(await said('push', name), /^The push refers to repository .*\n1: digest: sha256:\w{64} size: \d+\n$/s);
    await said('rmi', name);
    const { code, stdout, stderr } = await drydock(['run', '--rm', name, 'echo', 'again'], { env });
    assert.deepEqual([code, stdout], [0, 'again\n'], stderr);
    assert.match(stderr, new RegExp(`^Unable to find image '${name}' locally\n1: Pulling from team/lab\n`));
    assert.match(stderr, /\nDigest: sha256:\w{64}\nStatus: \w+ .* for \S+\n$/);
    assert.match(await said('pull', name), new RegExp(`Status: Image is up to date for ${name}\n${name}\n$`));
    assert.equal(await said('pull', '-q', name), `${name}\n`);
    assert.match(await failed(1, 'pull', `${registry.host}/team/none`), /manifest unknown|404/);
  });

  it('list images as Docker does', async () => {
    const lines = (await said('images')).split('\n');
    assert.match(lines[0]!, /^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE$/);
    assert.match(await said('images', 'lab'), /\nlab +latest +[0-9a-f]{12} +.* ago +[\d.]+MB\n$/);
    assert.match(await said('images', '--digests', name.replace(/:1$/, '')), /sha256:\w{64}/);
    const [id] = (await said('images', '-q', '--no-trunc', 'lab')).split('\n');
    assert.match(id!, /^sha256:\w{64}$/);
    assert.equal(await said('images', '--format', '{{.Repository}}:{{.Tag}}', 'lab'), 'lab:latest\n');
    assert.equal(await said('images', '-q', '--filter', 'dangling=true'), '');
    assert.equal(await said('inspect', '-f', '{{.Id}} {{json .Config.Cmd}}', 'lab'), `${id} ["sh"]\n`);
    assert.match(await said('history', '--format', '{{.Comment}}', 'lab'), /^the lab/);
    assert.match(await failed(1, 'inspect', 'nothing'), /No such object: nothing/);
    for (const words of [['history'], ['image', 'inspect']])
      assert.match(await failed(1, ...words, 'nothing'), /No such image: nothing:latest/);
  });

  it('save and load, and remove with what Docker prints', async () => {
    const archive = join(env.DRYDOCK_ROOT, 'lab.tar');
    await said('save', '-o', archive, 'lab');
    const [id] = (await said('images', '-q', '--no-trunc', 'lab')).split('\n');
    await said('rmi', name);
    const removed = await said('rmi', 'lab');
    assert.match(removed, new RegExp(`^Untagged: lab:latest\nDeleted: ${id}\nDeleted: sha256:\\w{64}\n$`));
    assert.match(await failed(1, 'rmi', 'lab'), /No such image: lab:latest/);
    assert.equal(await said('load', '-i', archive), 'Loaded image: lab:latest\n');
    assert.equal((await said('images', '-q', '--no-trunc', 'lab')).trim(), id);
    assert.match(await said('image', 'prune', '-f'), /Total reclaimed space: \S+B\n$/);
  });

  it('import from a file, from standard input and from an address, and say what is wrong with what they are given', async () => {
    const archive = join(env.DRYDOCK_ROOT, 'tree.tar');
    execFileSync('tar', ['-C', treeWithVolume(freshFolder('tree')), '-czf', archive, '.']);
    const server = createServer((request, response) => {
      if (request.url === '/tree') createReadStream(archive).pipe(response);
      else if (request.url === '/cut')
        response.writeHead(200, { 'content-length': 1000 }).write('x', () => response.destroy());
      else response.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      assert.match(await said('import', archive, 'tree:file'), /^sha256:\w{64}\n$/);
      assert.match(await said('import', `${address}/tree`, 'tree:address'), /^sha256:\w{64}\n$/);
      assert.match(await failed(1, 'import', `${address}/none`), /fromSrc=http:\S+\/none: 404 Not Found/);
      assert.match(await failed(1, 'import', `${address}/cut`), /fromSrc=http:\S+\/cut: other side closed/);
    } finally {
      server.close();
      server.closeAllConnections();
    }
    const volume = ['-c', 'VOLUME /srv/data', '-c', 'CMD ["sh"]'];
    const words = ['sh', '-c', `"$0" "$@" < ${archive}`, process.execPath, cli, 'import', ...volume, '-', 'tree:1'];
    const { status, stderr } = spawnSync(words[0]!, words.slice(1), {
      env: { ...environment, ...env },
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    for (const verb of [['import'], ['load', '-i']]) {
      assert.equal(await failed(1, ...verb, '/no/such/file'), 'open /no/such/file: no such file or directory\n');
      assert.equal(await failed(1, ...verb, '/etc'), 'read /etc: is a directory\n');
    }
  });

  it('fill a new volume with what the image has at its place: owner, mode and files', async () => {
    const script =
      'stat -c "%a %u:%g" /srv/data /srv/data/f; cat /srv/data/f; echo more > /srv/data/more; ls /srv/data';
    assert.equal(await said('run', '--rm', 'tree:1', 'sh', '-c', script), '2750 77:78\n640 77:78\nhello\nf\nmore\n');
    assert.equal(await said('run', '--rm', 'tree:1', 'ls', '/srv/data'), 'f\n', 'and each container has its own');
  });

  it('prune every image that no container stands on', async () => {
    assert.match(
      await said('image', 'prune', '-a', '-f'),
      /^Deleted Images:\nuntagged: .*\nTotal reclaimed space: \S+MB\n$/s,
    );
    assert.equal(await said('images', '-q'), '');
  });

  it('say that the disk is full, and leave nothing there', async () => {
    const own = engineFolders();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'none', own.DRYDOCK_ROOT]);
    try {
      const { code, stderr } = await drydock(['import', join(env.DRYDOCK_ROOT, 'tree.tar'), 'tree:1'], { env: own });
      assert.equal(code, 1);
      assert.match(stderr, /^Error response from daemon: .*(ENOSPC|no space left)/);
      const left = readdirSync(own.DRYDOCK_ROOT, { recursive: true, withFileTypes: true }).filter((entry) =>
        entry.isFile(),
      );
      assert.deepEqual(
        left.filter(({ name, parentPath }) => name !== 'lock' && !parentPath.endsWith('/networks')),
        [],
      );
    } finally {
      await endEngine(own.DRYDOCK_RUN);
      execFileSync('umount', [own.DRYDOCK_ROOT]);
    }
  });

  it('give lists as JSON, and progress as the engine tells it', async () => {
    await said('tag', 'lab', name);
    const rows = (await said('images', '--format', 'json')).trimEnd().split('\n');
    assert(rows.map((row) => JSON.parse(row) as object).every((row) => 'Repository' in row && 'ID' in row));
    const socket = ['--unix-socket', join(env.DRYDOCK_RUN, 'drydock.sock')];
    const url = `http://x/images/create?fromImage=${name.slice(0, -2)}&tag=1`;
    const stream = execFileSync('curl', ['-s', ...socket, '-X', 'POST', url], { encoding: 'utf8' });
    const told = stream.trimEnd().split('\n');
    assert.deepEqual(JSON.parse(told[0]!), { id: '1', status: 'Pulling from team/lab' });
    assert.deepEqual(Object.keys(JSON.parse(told.at(-1)!) as object), ['status']);
  });

  it('leave nothing of a container whose engine was killed while it was made', async function () {
    if (spawnSync('strace', ['-V']).error) this.skip();
    const own = { ...engineFolders(), DRYDOCK_STORAGE_DRIVER: 'overlay' };
    const left = (): string[] => [
      ...list(join(own.DRYDOCK_ROOT, 'containers')),
      ...list(join(own.DRYDOCK_ROOT, 'snapshots/overlay')).filter((name) => !/^(l|sha256:\w+)$/.test(name)),
      ...readMountinfo().flatMap(({ mountPoint }) => (mountPoint.startsWith(own.DRYDOCK_ROOT) ? [mountPoint] : [])),
    ];
    await output(['run', '--rm', 'lab', 'true'], { env: own });
    try {
      // The trial of the driver is the first mount, and unmounted in two calls; then the image is looked at.
      for (const [call, number, mounts] of [
        ['mount', 2, 0],
        ['umount2', 3, 1],
      ] as const) {
        await endEngine(own.DRYDOCK_RUN);
        const engine = killedAt(call, number, own);
        await eventually(
          () => engineIn(own.DRYDOCK_RUN) !== undefined,
          () => 'no engine',
        );
        const { code, stderr } = await drydock(['run', '--rm', 'lab', 'true'], { env: own });
        await engine;
        assert.deepEqual([code, /error during connect|Cannot connect/.test(stderr)], [125, true], stderr);
        assert.equal(left().filter((path) => path.startsWith('/')).length, mounts, `${call}: ${left().join()}`);
        assert.equal(await output(['ps', '-aq'], { env: own }), '');
        assert.deepEqual(left(), [], call);
      }
    } finally {
      await endEngine(own.DRYDOCK_RUN);
    }
  });
});

/** An engine that is killed when it makes a call for the `number`th time. Resolves when it is gone. */
function killedAt(call: string, number: number, env: NodeJS.ProcessEnv): Promise<void> {
  const how = ['-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${number}`];
  const words = ['-f', '-qq', '-o', '/dev/null', ...how, process.execPath, cli, 'daemon'];
  const child = spawn('strace', words, { env: { ...environment, ...env }, stdio: 'ignore' });
  return new Promise((resolve) => child.on('exit', () => resolve()));
}

/** busybox, and a folder with an owner, a mode and a file of its own. */
function treeWithVolume(folder: string): string {
  for (const path of ['bin', 'srv/data']) mkdirSync(join(folder, path), { recursive: true });
  copyFileSync('/bin/busybox', join(folder, 'bin/busybox'));
  for (const name of ['sh', 'ls', 'cat', 'stat']) symlinkSync('busybox', join(folder, 'bin', name));
  const [place, file] = [join(folder, 'srv/data'), join(folder, 'srv/data/f')];
  writeFileSync(file, 'hello\n');
  for (const path of [place, file]) chownSync(path, 77, 78);
  chmodSync(file, 0o640);
  chmodSync(place, 0o2750);
  return folder;
}
