/** The verbs of images: their outputs, words and exit codes, against a registry on loopback. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { startRegistry, type LocalRegistry } from '../../src/learn/registry/local.ts';
import { drydock, freshFolder, leavesNothing, output } from './support.ts';

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

  it('speak JSON', async () => {
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
