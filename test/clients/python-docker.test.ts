/** Debian's python3-docker on our engine: the library's own calls, and its exceptions. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEngine, type Server } from './engine-support.ts';
import { command, folder, said, skipAll } from './support.ts';

const PYTHON = '/usr/bin/python3';

describe('python3-docker', function () {
  this.timeout(180_000);
  let engine: Server | undefined;

  before(async function () {
    if ((await command([PYTHON, '-c', 'import docker'])).code !== 0) skipAll(this, 'no python3-docker here');
    engine = await startEngine();
  });
  after(() => engine?.end());

  /** Runs lines of Python that have `client`, `run` and everything of `docker`; what they print. */
  async function python(lines: string): Promise<string> {
    const file = join(folder, 'script.py');
    const run = `def run(*words, **more): return client.containers.run('lab', words, network_mode='none', **more)`;
    const head = `import docker, io, tarfile, time\nclient = docker.DockerClient(base_url='${engine!.host}')\n${run}\n`;
    writeFileSync(file, head + lines);
    return said([PYTHON, file]);
  }

  it('negotiates a version, and hears who answers', async () => {
    const lines = `print(client.ping(), docker.DockerClient(base_url='${engine!.host}', version='auto').api._version >= '1.24')
print(client.version()['Os'], client.info()['Driver'] != '')`;
    assert.equal(await python(lines), 'True True\nlinux True');
  });

  it('runs a command, and hears its output, its errors and its exit code', async () => {
    const lines = `print(run('echo', 'hi', remove=True))
try: run('sh', '-c', 'echo no >&2; exit 3', remove=True)
except docker.errors.ContainerError as e: print(e.exit_status, e.stderr)
try: client.containers.get('nobody')
except docker.errors.NotFound as e: print(e.explanation)
try: client.images.get('nothing:1')
except docker.errors.ImageNotFound as e: print(e.explanation)`;
    assert.equal(await python(lines), "b'hi\\n'\n3 b'no\\n'\nNo such container: nobody\nNo such image: nothing:1");
  });

  it('keeps a container through its life', async () => {
    const lines = `c = run('sh', '-c', 'echo up; exec sleep 1000', detach=True, name='box', labels={'a': 'b'}, init=True)
print(c.status, [one.name for one in client.containers.list(filters={'label': 'a=b'})])
print(c.exec_run('echo in', environment={'A': 'b'}))
print(c.exec_run(['sh', '-c', 'echo out; echo err >&2'], demux=True))
c.pause(); c.reload(); print(c.status)
c.unpause(); c.rename('other'); c.reload(); print(c.name, c.status)
print(next(c.logs(stream=True)), c.top()['Titles'][0], c.stats(stream=False)['pids_stats']['current'])
c.update(mem_limit=64 << 20, memswap_limit=64 << 20); c.reload(); print(c.attrs['HostConfig']['Memory'])
c.stop(timeout=1); print(c.wait()['StatusCode'] > 0); c.start(); c.kill(); print(c.wait()['StatusCode'])
c.remove(v=True); print(client.containers.list(all=True))`;
    assert.deepEqual((await python(lines)).split('\n'), [
      "created ['box']",
      "ExecResult(exit_code=0, output=b'in\\n')",
      "ExecResult(exit_code=0, output=(b'out\\n', b'err\\n'))",
      'paused',
      'other running',
      "b'up\\n' UID 2",
      String(64 << 20),
      'True',
      '137',
      '[]',
    ]);
  });

  it('copies files in and out, commits, and saves and loads what came of it', async () => {
    const lines = `c = run('true', detach=True); c.wait()
buffer = io.BytesIO(); archive = tarfile.open(fileobj=buffer, mode='w'); entry = tarfile.TarInfo('note'); entry.size = 4
archive.addfile(entry, io.BytesIO(b'ahoy')); archive.close(); print(c.put_archive('/srv', buffer.getvalue()))
bits, stat = c.get_archive('/srv/note'); print(stat['name'], tarfile.open(fileobj=io.BytesIO(b''.join(bits))).extractfile('note').read())
print([one for one in c.diff() if one['Path'] == '/srv/note'])
image = c.commit(repository='noted', tag='1'); print(image.tags, run('true', remove=True))
print(client.containers.run('noted:1', ['cat', '/srv/note'], network_mode='none', remove=True))
saved = b''.join(image.save(named=True)); client.images.remove('noted:1')
print([one.tags for one in client.images.load(saved)], image.history()[0]['Size'] > 0)
c.remove()`;
    assert.deepEqual((await python(lines)).split('\n'), [
      'True',
      "note b'ahoy'",
      "[{'Path': '/srv/note', 'Kind': 1}]",
      "['noted:1'] b''",
      "b'ahoy'",
      "[['noted:1']] True",
    ]);
  });

  it('has volumes, networks and events', async () => {
    const lines = `v = client.volumes.create('store', labels={'a': 'b'}); n = client.networks.create('net', driver='bridge')
run('sh', '-c', 'echo kept > /store/x', volumes={'store': {'bind': '/store', 'mode': 'rw'}}, remove=True)
print(run('cat', '/store/x', volumes={'store': {'bind': '/store', 'mode': 'ro'}}, remove=True))
print([one.name for one in client.volumes.list(filters={'label': 'a=b'})], client.networks.get('net').attrs['Driver'])
v.remove(); n.remove(); told = client.events(decode=True, since=1, until=int(time.time()) + 1)
print({(e['Type'], e['Action']) for e in told} >= {('volume', 'create'), ('network', 'destroy'), ('container', 'die')})`;
    assert.equal(await python(lines), "b'kept\\n'\n['store'] bridge\nTrue");
  });
});
