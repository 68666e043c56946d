/** Builds that are disturbed: what is left is a whole image or none, and nothing else. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { projectHome } from '../../../src/linux/native.ts';
import { bridgeOfOwn, lacks, startEngine } from '../engine-support.ts';
import { command, daemon, eventually, freshFolder, said, skipAll, type Answer, type Daemon } from '../support.ts';
import { imageOf } from './image.ts';

describe('a build that is disturbed', function () {
  this.timeout(120_000);
  let ours: Awaited<ReturnType<typeof startEngine>>;
  before(async function () {
    const reason = lacks();
    if (reason) skipAll(this, reason);
    ours = await startEngine(...bridgeOfOwn());
  });
  after(() => ours?.end());

  let count = 0;
  function contextWith(dockerfile: string): string {
    const context = freshFolder(`misuse-${++count}`);
    writeFileSync(join(context, 'Dockerfile'), dockerfile);
    return context;
  }
  const words = (context: string, ...more: string[]): string[] =>
    ours.docker('build', '--network', 'none', ...more, context);
  const build = (context: string, ...more: string[]): Promise<Answer> => command(words(context, ...more));

  /** A program that says that it is there, and goes on until the gate is opened. */
  const gate = (id: string): string =>
    `RUN --mount=type=cache,id=${id},target=/gate echo waiting; touch /gate/here; until [ -e /gate/open ]; do usleep 9999; done`;
  const gates = (): string => join(ours.root, 'builder/caches');
  const gatesWith = (name: string): string[] =>
    existsSync(gates())
      ? readdirSync(gates())
          .map((one) => join(gates(), one))
          .filter((path) => existsSync(join(path, name)))
      : [];
  const open = (): void => gatesWith('here').forEach((path) => writeFileSync(join(path, 'open'), ''));
  const isWaiting = (): boolean => gatesWith('here').length > gatesWith('open').length;

  /** Folders of containers and of builds, and snapshots that somebody works on. */
  function left(): string[] {
    const at = (...path: string[]): string[] => {
      const folder = join(ours.root, ...path);
      return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
    };
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    return [
      ...at('containers'),
      ...at('builder', 'builds'),
      ...mounts.filter((line) => line.includes(ours.root) && /containers|builder/.test(line)),
    ];
  }
  const leavesNothing = (): Promise<void> =>
    eventually(`nothing is left`, () => left().length === 0).catch((error: unknown) => {
      throw new Error(left().join('\n'), { cause: error });
    });

  it('makes a whole image, though what it stands on is pruned meanwhile', async () => {
    const below = 'FROM lab\nRUN echo one > /one\nRUN echo two > /two\n';
    await build(contextWith(below));
    const answer = build(contextWith(`${below}${gate('prune')}\n`), '-t', 'pruned');
    await eventually('it waits', isWaiting);
    await said(ours.docker('builder', 'prune', '-f'));
    open();
    assert.equal((await answer).code, 0);
    assert.equal((await imageOf(ours, 'pruned')).contents.get('/two'), 'two\n');
  });

  it('is done once for two who ask for the same at once, or twice, and both have it', async () => {
    const context = contextWith('FROM lab\nRUN cat /proc/sys/kernel/random/uuid > /chance\nCOPY Dockerfile /x\n');
    const answers = await Promise.all(['a', 'b', 'c'].map((name) => build(context, '-t', `twin-${name}`)));
    for (const { code, stdout, stderr } of answers) assert.equal(code, 0, stdout + stderr);
    for (const name of ['a', 'b', 'c'])
      assert.match((await imageOf(ours, `twin-${name}`)).contents.get('/chance')!, /^[0-9a-f-]{36}\n$/);
    await leavesNothing();
  });

  function begun(context: string, ...more: string[]): { child: ChildProcess; said: () => string } {
    const [program, ...rest] = words(context, ...more);
    const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += String(data)));
    return { child, said: () => text };
  }

  it('leaves nothing when its client goes away, at whatever moment', async () => {
    const context = contextWith(`FROM lab AS a
RUN echo 1
COPY many /many
FROM lab AS b
RUN --mount=type=bind,target=/c,rw touch /c/x
FROM lab
COPY --from=a /many /many
COPY --from=b /bin /b
RUN echo 2
`);
    mkdirSync(join(context, 'many'));
    for (let i = 0; i < 300; i++) writeFileSync(join(context, 'many', `${i}`), `${i}`);
    const moments = process.env.CI ? 4 : 40;
    for (let moment = 0; moment < moments; moment++) {
      const { child } = begun(context, '--no-cache');
      const ended = once(child, 'exit');
      // Other moments each time: what is done until then is the machine's affair.
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 40 + moment * (1600 / moments)))]);
      child.kill('SIGKILL');
      await ended;
    }
    await leavesNothing();
    assert.equal((await build(context, '-t', 'after')).code, 0);
    assert.equal(
      Object.keys((await imageOf(ours, 'after')).files).filter((path) => /^\/many\//.test(path)).length,
      300,
    );
  });

  /** An engine whose root is a place of the test's; the next one there has the same folder for what runs. */
  function engineAt(root: string): Promise<Daemon & { host: string; run: string }> {
    const run = freshFolder(`r-${basename(root)}`);
    const host = `unix://${join(run, 'drydock.sock')}`;
    const environment = ['env', `DRYDOCK_ROOT=${root}`, `DRYDOCK_RUN=${run}`];
    const bridge = ['--bridge', `dm${process.pid}`, '--bip', '10.213.1.1/24'];
    const program = [process.execPath, join(projectHome(), 'dist/drydock.cjs'), 'daemon', ...bridge];
    return daemon(`m${++count}`, [...environment, ...program], async () => {
      return existsSync(join(run, 'drydock.sock')) && (await command(['docker', '-H', host, 'version'])).code === 0;
    }).then((engine) => ({ ...engine, host, run }));
  }

  const inRoot = (root: string, name: string): string[] =>
    existsSync(join(root, name)) ? readdirSync(join(root, name)) : [];

  it('says that the disk is full, and the next one has its room again', async () => {
    const disk = freshFolder('disk');
    await said(['mount', '-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', disk]);
    const engine = await engineAt(disk);
    try {
      const at = (context: string): Promise<Answer> =>
        command(['docker', '-H', engine.host, 'build', '--network', 'none', '-t', 'x', context]);
      const large = contextWith('FROM lab\nCOPY large /large\nCOPY large /again\n');
      writeFileSync(join(large, 'large'), Buffer.alloc(16 << 20, 'x'));
      for (const context of [large, contextWith('FROM lab\nRUN head -c 60000000 /dev/zero > /large\n')]) {
        const { code, stdout, stderr } = await at(context);
        assert.equal(code, 1, stdout + stderr);
        assert.match(stdout + stderr, /no space left on device|ENOSPC|I\/O error/i);
        assert.deepEqual([inRoot(disk, 'containers'), inRoot(disk, 'builder/builds')], [[], []]);
      }
      await said(['docker', '-H', engine.host, 'builder', 'prune', '-af']);
      const { code, stdout, stderr } = await at(contextWith('FROM lab\nRUN head -c 6000000 /dev/zero > /small\n'));
      assert.equal(code, 0, stdout + stderr);
    } finally {
      await engine.end();
      await said(['umount', disk]);
    }
  });

  it('leaves nothing to the next engine when its own is killed', async () => {
    const root = freshFolder('killed');
    for (const wait of [`RUN until [ -e /never ]; do usleep 9999; done`, 'COPY many /many']) {
      const engine = await engineAt(root);
      const context = contextWith(
        `FROM lab\nRUN echo a > /a\nRUN --mount=type=bind,target=/c,rw touch /c/b\n${wait}\n`,
      );
      mkdirSync(join(context, 'many'));
      for (let i = 0; i < 3000; i++) writeFileSync(join(context, 'many', `${i}`), `${i}`);
      const child = spawn('docker', ['-H', engine.host, 'build', '--network', 'none', context]);
      let text = '';
      child.stdout.on('data', (data) => (text += String(data)));
      child.stderr.resume();
      await eventually('it is at its last step', () => text.includes('Step 4/4'), 60_000);
      process.kill(Number(readFileSync(join(engine.run, 'drydock.pid'), 'utf8')), 'SIGKILL');
      await once(child, 'close');
      const next = await engineAt(root);
      const isClean = (): boolean =>
        [...inRoot(root, 'containers'), ...inRoot(root, 'builder/builds')].length === 0 &&
        !readFileSync('/proc/self/mountinfo', 'utf8').includes(`${root}/`);
      await eventually('the next engine has cleaned up', isClean, 60_000);
      await next.end();
    }
  });
});
