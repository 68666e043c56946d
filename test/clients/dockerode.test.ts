/**
 * dockerode from npm on our engine: what most programs in JavaScript speak to Docker with. Its streams are Node's own, so
 * that here the two directions of a hijacked connection can be ended one by one.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, type Duplex, type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import Docker from 'dockerode';
import { startEngine, type Server } from './engine-support.ts';
import { freshFolder } from './support.ts';

const HostConfig = { NetworkMode: 'none' };

/** Output and errors out of one stream of frames, and its end. */
async function apart(docker: Docker, stream: Readable): Promise<[out: string, err: string]> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  docker.modem.demuxStream(stream, out, err);
  stream.once('end', () => [out, err].forEach((each) => each.end()));
  return Promise.all([text(out), text(err)]);
}

/** What a terminal says. */
class Screen {
  private heard = '';

  constructor(private readonly stream: Duplex) {
    stream.setEncoding('latin1').on('data', (words: string) => (this.heard += words));
  }

  /** Waits until it has said this, and forgets it with all that came before. */
  async says(wanted: RegExp): Promise<void> {
    while (!wanted.test(this.heard)) await once(this.stream, 'data');
    this.heard = this.heard.replace(new RegExp(`^[^]*?${wanted.source}`), '');
  }

  type(words: string): void {
    this.stream.write(words);
  }

  async rest(): Promise<string> {
    if (!this.stream.readableEnded) await once(this.stream, 'end');
    return this.heard;
  }
}

describe('dockerode', function () {
  this.timeout(180_000);
  let engine: Server | undefined;
  let docker: Docker;

  const create = (script: string, more: Docker.ContainerCreateOptions = {}): Promise<Docker.Container> =>
    docker.createContainer({ Image: 'lab', Cmd: ['sh', '-c', script], HostConfig, ...more });

  before(async () => {
    engine = await startEngine();
    docker = new Docker({ socketPath: engine.host.replace('unix://', ''), version: 'v1.41' });
  });
  after(() => engine?.end());
  afterEach(async () => {
    for (const { Id } of await docker.listContainers({ all: true }))
      await docker.getContainer(Id).remove({ force: true });
  });

  it('finds the engine, and is told what is missing or wrong by status and reason', async () => {
    assert.equal(String(await docker.ping()), 'OK');
    assert.equal((await docker.version()).ApiVersion, '1.41');
    const refused = async (asked: Promise<unknown>, statusCode: number, message: RegExp): Promise<void> =>
      assert.rejects(asked, (error: { statusCode: number; message: string }) => {
        assert.match(error.message, message);
        return error.statusCode === statusCode;
      });
    await refused(docker.getContainer('nobody').inspect(), 404, /No such container: nobody/);
    await refused(docker.getImage('nothing').inspect(), 404, /No such image: nothing/);
    await refused(create('true', { Tty: 'yes' as unknown as boolean }), 400, /Tty/);
    const container = await create('true', { name: 'taken' });
    await refused(create('true', { name: 'taken' }), 409, /name "\/taken" is already in use/);
    await refused(container.kill(), 409, /is not running/);
  });

  it('runs a program, with its output and errors apart and its exit code', async () => {
    const [out, err] = [new PassThrough(), new PassThrough()];
    const script = ['sh', '-c', 'echo out; echo err >&2; exit 5'];
    const [{ StatusCode }] = (await docker.run('lab', script, [out, err] as never, { HostConfig, Tty: false })) as [
      { StatusCode: number },
    ];
    [out, err].forEach((each) => each.end());
    assert.deepEqual([StatusCode, await text(out), await text(err)], [5, 'out\n', 'err\n']);
  });

  it('ends the input of a program, and still hears what it says afterwards', async () => {
    const container = await create('wc -c; sleep 0.2; echo later', { OpenStdin: true, StdinOnce: true });
    const stream = await container.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true });
    const heard = apart(docker, stream as unknown as Readable);
    await container.start();
    stream.end('x'.repeat(100_000));
    assert.deepEqual(await heard, ['100000\nlater\n', '']);
  });

  it('has a raw terminal, whose size the program sees when it is changed', async () => {
    const script = 'stty -echo; for i in 1 2; do echo ready$i; read x; stty size; done; printf "\\001\\000\\377"';
    const container = await create(script, { Tty: true, OpenStdin: true });
    const screen = new Screen(
      (await container.attach({ stream: true, hijack: true, stdin: true, stdout: true })) as Duplex,
    );
    await container.start();
    for (const [h, w, i] of [
      [31, 77, 1],
      [5, 132, 2],
    ] as const) {
      await screen.says(new RegExp(`ready${i}\r\n`));
      await container.resize({ h, w });
      screen.type('\n');
      await screen.says(new RegExp(`${h} ${w}\r\n`));
    }
    assert.equal(await screen.rest(), '\u0001\0\u00ff', 'no frames, and nothing translated');
  });

  it('runs further programs: framed with their own exit codes, or in a terminal of their own', async () => {
    const container = await create('sleep 1000', { HostConfig: { ...HostConfig, Init: true } });
    await container.start();
    const plain = await container.exec({
      Cmd: ['sh', '-c', 'cat; echo err >&2; exit 9'],
      ...{ AttachStdin: true, AttachStdout: true, AttachStderr: true },
    });
    const stream = await plain.start({ hijack: true, stdin: true });
    const heard = apart(docker, stream);
    stream.end('words');
    assert.deepEqual(await heard, ['words', 'err\n']);
    assert.equal((await plain.inspect()).ExitCode, 9);

    const terminal = { Tty: true, AttachStdin: true, AttachStdout: true };
    const sized = await container.exec({ Cmd: ['sh', '-c', 'echo ready; read x; stty size'], ...terminal });
    const screen = new Screen(await sized.start({ hijack: true, stdin: true, Tty: true }));
    await screen.says(/ready\r\n/);
    await sized.resize({ h: 12, w: 99 });
    screen.type('\n');
    await screen.says(/12 99\r\n/);
  });

  it('follows events, logs and numbers while they happen', async () => {
    const events = (await docker.getEvents({ filters: { type: ['container'] } })) as unknown as Readable;
    let told = '';
    events.on('data', (chunk: Buffer) => (told += String(chunk)));
    const container = await create('echo first; read x; echo last', { name: 'told', OpenStdin: true });
    await container.start();
    const logs = (await container.logs({ follow: true, stdout: true, stderr: true })) as unknown as Readable;
    const written = apart(docker, logs);
    const numbers = (await container.stats({ stream: true })) as unknown as Readable;
    const { pids_stats: pids } = JSON.parse(String((await once(numbers, 'data'))[0])) as Docker.ContainerStats;
    assert.equal(pids?.current, 1);
    numbers.destroy();
    const input = await container.attach({ stream: true, hijack: true, stdin: true });
    input.end('\n');
    assert.deepEqual(await container.wait(), { Error: null, StatusCode: 0 });
    assert.deepEqual(await written, ['first\nlast\n', '']);
    await container.remove();
    while (!told.includes('"destroy"')) await once(events, 'data');
    events.destroy();
    const actions = told
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { Action: string; scope: string });
    assert.deepEqual(
      actions.map(({ Action }) => Action),
      ['create', 'start', 'attach', 'die', 'destroy'],
    );
    assert(actions.every(({ scope }) => scope === 'local'));
  });

  it('builds, and tells what it does as it goes on', async () => {
    const context = freshFolder('context');
    writeFileSync(join(context, 'Dockerfile'), 'FROM lab\nCOPY note /srv/note\nLABEL a=b\n');
    writeFileSync(join(context, 'note'), 'ahoy');
    const progress = await docker.buildImage({ context, src: ['Dockerfile', 'note'] }, { t: 'made:1' });
    const lines = await new Promise<{ stream?: string }[]>((resolve, reject) =>
      docker.modem.followProgress(progress, (error, all) => (error ? reject(error) : resolve(all as never))),
    );
    assert.match(
      lines.map(({ stream = '' }) => stream).join(''),
      /^Step 1\/3 : FROM lab\n[^]*Successfully tagged made:1\n$/,
    );
    assert.equal((await docker.getImage('made:1').inspect()).Config.Labels.a, 'b');
    const broken = await docker.buildImage({ context, src: ['note'] }, {}).catch((error: Error) => error);
    assert.match(String(broken), /Dockerfile/);
  });

  it('copies, commits, saves, loads and prunes', async () => {
    const container = await create('echo kept > /srv/kept');
    await container.start();
    await container.wait();
    const archive = await text(await container.getArchive({ path: '/srv/kept' }));
    assert.match(archive, /kept\0[^]*kept\n/);
    assert.deepEqual(
      (await container.inspect()).State.Status +
        JSON.stringify(((await container.changes()) as { Path: string }[]).at(-1)),
      'exited{"Path":"/srv/kept","Kind":1}',
    );
    const { Id } = (await container.commit({ repo: 'kept', tag: '1' })) as { Id: string };
    const saved = (await docker.getImage('kept:1').get()) as unknown as Readable;
    await docker.getContainer(container.id).remove();
    const loaded = await docker.loadImage(saved);
    assert.match(await text(loaded), /"Loaded image: kept:1\\n"/);
    assert.equal((await docker.getImage('kept:1').inspect()).Id, Id);
    await docker.getImage('kept:1').remove();
    assert.equal((await docker.pruneContainers()).ContainersDeleted, null);
  });

  it('has volumes and networks', async () => {
    await docker.createVolume({ Name: 'store', Labels: { a: 'b' } });
    assert.deepEqual((await docker.getVolume('store').inspect()).Labels, { a: 'b' });
    const container = await create('test -d /store', { HostConfig: { ...HostConfig, Binds: ['store:/store'] } });
    await assert.rejects(docker.getVolume('store').remove(), { statusCode: 409 });
    await container.start();
    assert.equal(((await container.wait()) as { StatusCode: number }).StatusCode, 0);
    await container.remove();
    await docker.getVolume('store').remove();
    const network = await docker.createNetwork({ Name: 'inner', Internal: true, CheckDuplicate: true });
    assert.equal(((await network.inspect()) as { Internal: boolean }).Internal, true);
    await network.remove();
    await assert.rejects(network.inspect(), { statusCode: 404 });
  });
});
