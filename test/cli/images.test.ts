/** The verbs of images: their outputs, words and exit codes, against a registry on loopback. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, copyFileSync, createReadStream, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startRegistry, type LocalRegistry } from '../../src/learn/registry/local.ts';
import { cli, drydock, environment, freshFolder, leavesNothing, output } from './support.ts';

describe('the verbs of images', function () {
  this.timeout(180_000);
  leavesNothing();
  const env = { DRYDOCK_ROOT: freshFolder('images'), DOCKER_CONFIG: freshFolder('docker-config') };
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
    assert.equal(await said('run', 'lab', 'echo', 'hi'), 'hi\n');
    await failed(7, 'run', 'lab', 'sh', '-c', 'exit 7');
    await failed(127, 'run', 'lab', 'no-such-program');
    await failed(126, 'run', 'lab', '/etc/passwd');
    assert.match(await failed(125, 'run', '--pull', 'never', 'nothing:1'), /No such image: nothing:1/);
  });

  it('give a container what the image and the person say', async () => {
    const script = 'id -u; pwd; echo $A; cat /etc/hostname; ls -d /srv/made';
    const words = [
      'run',
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
    assert.equal(await said('run', '--entrypoint', 'echo', 'lab', 'x'), 'x\n');
    assert.equal(await said('run', '--storage-driver', 'vfs', 'lab', 'echo', 'vfs'), 'vfs\n');
  });

  it('push, forget, pull and run an image, in Docker’s words', async () => {
    await said('tag', 'lab', name);
    assert.match(await said('push', name), /^The push refers to repository .*\n1: digest: sha256:\w{64} size: \d+\n$/s);
    await said('rmi', name);
    const { code, stdout, stderr } = await drydock(['run', name, 'echo', 'again'], { env });
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
    assert.match(await failed(1, 'inspect', 'nothing'), /No such image: nothing:latest/);
    assert.match(await failed(1, 'history', 'nothing'), /No such image/);
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
      assert.match(await failed(1, 'import', `${address}/none`), /GET http:\S+\/none: 404/);
      assert.match(await failed(1, 'import', `${address}/cut`), /GET http:\S+\/cut: other side closed/);
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
      const lines = (await failed(1, ...verb, '/no/such/file')).trimEnd().split('\n');
      assert.deepEqual(lines.filter((line) => line.startsWith('drydock: ')).length, 1, lines.join('\n'));
      assert.match(lines[0]!, /\/no\/such\/file/);
      assert.match(await failed(125, ...verb, '/etc'), /\/etc is a folder/);
    }
  });

  it('fill a new volume with what the image has at its place: owner, mode and files', async () => {
    const script =
      'stat -c "%a %u:%g" /srv/data /srv/data/f; cat /srv/data/f; echo more > /srv/data/more; ls /srv/data';
    assert.equal(await said('run', 'tree:1', 'sh', '-c', script), '2750 77:78\n640 77:78\nhello\nf\nmore\n');
    assert.equal(await said('run', 'tree:1', 'ls', '/srv/data'), 'f\n', 'and each container has its own');
  });

  it('prune every image that no container stands on', async () => {
    assert.match(
      await said('image', 'prune', '-a', '-f'),
      /^Deleted Images:\nuntagged: .*\nTotal reclaimed space: \S+MB\n$/s,
    );
    assert.equal(await said('images', '-q'), '');
  });

  it('say that the disk is full, and leave nothing there that `image prune` does not take', async () => {
    const small = freshFolder('small');
    const archive = join(env.DRYDOCK_ROOT, 'tree.tar');
    const script = `mount -t tmpfs -o size=3m none ${small} && export DRYDOCK_ROOT=${small} &&
      "$@" import ${archive} tree:1; echo "code $?"; "$@" image prune -f && cd ${small} && find . -type f && ls snapshots/*/*`;
    const words = ['-m', 'sh', '-c', script, 'sh', process.execPath, cli];
    const { stdout, stderr } = spawnSync('unshare', words, { env: { ...environment, ...env }, encoding: 'utf8' });
    assert.match(stderr, /^drydock: write\("\S+"\): ENOSPC/);
    assert.match(stdout, /^code 1\nTotal reclaimed space: .*\n(\.\/(content|images)\/lock\n)+$/);
  });

  it('speak JSON', async () => {
    await said('run', 'lab', 'true');
    await said('tag', 'lab', name);

    const lines = (await said('pull', '--json', name))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    assert.deepEqual(lines[0], { id: '1', status: 'Pulling from team/lab' });
    assert.deepEqual(Object.keys(lines.at(-1)!), ['status']);
    const rows = (await said('images', '--json'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    assert(rows.every((row) => 'Repository' in row && 'ID' in row));
  });
});

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
