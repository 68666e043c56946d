/**
 * What people build: a program in two stages, an application with its packages, a service on a distribution, a site. Each
 * is built as it stands, without a registry, and its image does what it is for.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { projectHome } from '../../../src/linux/native.ts';
import { bridgeOfOwn, lacks, startEngine, type Server } from '../engine-support.ts';
import { command, eventually, said, skipAll, type Answer } from '../support.ts';
import { debianArchive, gccArchive, nodeArchive, shapes } from './shapes.ts';

describe('an image that people build', function () {
  this.timeout(600_000);
  let ours: Server;

  before('an engine', async function () {
    const reason = lacks('gcc', 'make', 'dpkg', 'npm');
    if (reason) skipAll(this, reason);
    ours = await startEngine(...bridgeOfOwn());
  });
  after(async () => {
    const left = ours && (await command(ours.docker('ps', '-aq'))).stdout.split(/\s+/).filter((id) => id !== '');
    if (left?.length) await command(ours.docker('rm', '-f', ...left));
    await ours?.end();
  });

  const docker = (...words: string[]): Promise<string> => said(ours.docker(...words), { seconds: 300 });
  const drydock = (...words: string[]): Promise<Answer> =>
    command([process.execPath, join(projectHome(), 'dist/drydock.cjs'), '-H', ours.host, ...words], { seconds: 500 });

  /** Builds shapes/NAME, or what the last word says. */
  async function built(name: string, ...words: string[]): Promise<string> {
    const context = words.includes('-f') ? [] : [join(shapes, name)];
    const { code, stdout, stderr } = await drydock('build', '-t', name, ...words, ...context);
    assert.equal(code, 0, stdout + stderr);
    return stdout;
  }

  /** What the port of a container answers that is published. */
  async function answerOf(container: string, port: number, path: string): Promise<string> {
    const [address] = (await docker('port', container, String(port))).split('\n');
    let text = '';
    await eventually(`${container} answers`, async () => {
      try {
        text = await (await fetch(`http://${address}${path}`)).text();
        return true;
      } catch {
        return false; // It does not listen yet.
      }
    });
    return text;
  }

  it('is a C program in two stages: all that is left of a compiler is what it has made', async () => {
    await docker('import', await gccArchive(), 'gcc:12');
    await built('c-program', '--network', 'none', '--build-arg', 'VERSION=1.2');
    assert.equal(await docker('run', '--rm', 'c-program'), 'count 1.2');
    const words = ours.docker('run', '--rm', '-i', 'c-program', '-');
    assert.equal((await command(words, { input: 'a b\nc\n' })).stdout, '2 lines, 3 words\n');
    const size = Number(await docker('image', 'inspect', '--format', '{{.Size}}', 'c-program'));
    assert(size < 2_000_000, `${size} bytes`);
  });

  it('is an application for Node: its packages, its tests, and a server that is healthy', async () => {
    await docker('import', await nodeArchive(), 'node:20');
    const output = await built('node-application', '--network', 'none');
    assert.match(output, /# pass 1/);
    await docker('run', '-d', '--name', 'application', '-p', '127.0.0.1::3000', 'node-application');
    assert.equal(await answerOf('application', 3000, '/reader'), 'hello, reader\n');
    await eventually('it is healthy', async () =>
      /^healthy$/.test(await docker('inspect', '--format', '{{.State.Health.Status}}', 'application')),
    );
    assert.equal(await docker('exec', 'application', 'id', '-un'), 'nobody');
    await docker('stop', 'application');
    assert.equal(await docker('inspect', '--format', '{{.State.ExitCode}}', 'application'), '0');
  });

  describe('on Debian, with packages from where this machine has its own', () => {
    before('a Debian', async function () {
      if (process.env.CI) skipAll(this, 'it takes minutes');
      const reason = lacks('debootstrap');
      if (reason) skipAll(this, reason);
      await docker('import', debianArchive(), 'debian:12');
    });

    it('is a service with a user and data of its own', async () => {
      await built('debian-service', '--network', 'host');
      assert.equal(await docker('run', '--rm', 'debian-service'), 'CREATE\nTABLE');
      const query = ['sqlite3', 'notes.db', 'SELECT text FROM notes'];
      assert.equal(await docker('run', '--rm', 'debian-service', ...query), 'written by the build');
      const archives = ['find', '/var/cache/apt', '-name', 'sqlite3*'];
      assert.equal(
        await docker('run', '--rm', 'debian-service', ...archives),
        '',
        'what is cached is not in the image',
      );
      assert.equal(await docker('run', '--rm', 'debian-service', 'id', '-un'), 'notes');
    });

    it('is a static site', async () => {
      await built('static-site', '--network', 'host');
      await docker('run', '-d', '--name', 'site', '-p', '127.0.0.1::80', 'static-site');
      assert.match(await answerOf('site', 80, '/'), /<title>index<\/title>\nWhat the site begins with\.\n/);
      assert.match(await answerOf('site', 80, '/more'), /What else there is/);
      await docker('stop', 'site');
      assert.match(await docker('logs', 'site'), /"GET \/more HTTP\/1.1" 200/);
      assert.equal(await docker('inspect', '--format', '{{.State.ExitCode}}', 'site'), '0');
    });

    it('is this project, which makes containers in a container, and passes its tests there', async () => {
      const dockerfile = join(shapes, 'drydock/Dockerfile');
      await docker('import', await nodeArchive(), 'node:20');
      await built('drydock', '--network', 'host', '-f', dockerfile, projectHome());
      const inside = (...words: string[]): Promise<string> => docker('run', '--rm', '--privileged', ...words);
      assert.match(await inside('drydock'), /LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD/);
      assert.equal(await inside('drydock', 'run', '--rm', 'lab', 'echo', 'further inside'), 'further inside');
      const tests = ['test/unit/builder/**/*.test.ts', 'test/kernel/runtime/container.test.ts'];
      const output = await inside('--entrypoint', 'node_modules/.bin/mocha', 'drydock', ...tests);
      assert.match(output, /[1-9]\d* passed, 0 failed/);
    });
  });
});
