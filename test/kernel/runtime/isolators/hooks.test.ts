/** Hooks: which run where, with what on their standard input, and what happens when one fails. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hierarchies } from '../../../../src/runtime/cgroupfs.ts';
import { create, start, state } from '../../../../src/runtime/container.ts';
import { remove } from '../../../../src/runtime/remove.ts';
import type { Hook, Spec } from '../../../../src/runtime/spec.ts';
import {
  boxed,
  bundle,
  folder,
  fresh,
  leavesNothing,
  makeBundle,
  run,
  runBox,
  specOf,
  until,
  withBox,
} from '../../support.ts';

type Hooks = NonNullable<Spec['hooks']>;

/** A hook that is a shell script on the host. */
function script(body: string, more: Partial<Hook> = {}): Hook {
  const path = join(folder, fresh('hook'));
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return { path, ...more };
}

const journal = (): string => join(folder, fresh('journal'));
const entries = (path: string): string[] => (existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []);

const withHooks = (hooks: Hooks): Spec => specOf({ args: ['sleep', '1000'] }, (spec) => void (spec.hooks = hooks));

describe('hooks', function () {
  leavesNothing();

  it('run in the order of the life of the container, each with its state', async () => {
    const path = journal();
    const note = (name: string): Hook => script(`echo "${name} $(cat)" >> ${path}`);
    const names = ['prestart', 'createRuntime', 'createContainer', 'poststart', 'poststop'] as const;
    const hooks = Object.fromEntries(names.map((name) => [name, [note(`${name} 1`), note(`${name} 2`)]]));
    const options = boxed({ spec: withHooks(hooks) });
    options.spec.annotations = { colour: 'red' };
    const box = await create(options);
    const early = entries(path);
    await start(run, options.id);
    const running = entries(path).slice(early.length);
    await remove(run, options.id, { force: true });
    assert.equal(await box.wait(), 137);

    const all = entries(path);
    const title = (line: string): string => line.slice(0, line.indexOf('{')).trim();
    const twice = (...some: string[]): string[] => some.flatMap((name) => [`${name} 1`, `${name} 2`]);
    assert.deepEqual(early.map(title), twice('prestart', 'createRuntime', 'createContainer'));
    assert.deepEqual(running.map(title), twice('poststart'));
    assert.deepEqual(all.slice(early.length + running.length).map(title), twice('poststop'));

    const facts = all.map((line) => JSON.parse(line.slice(line.indexOf('{'))) as Record<string, unknown>);
    const status = { prestart: 'creating', createRuntime: 'creating', createContainer: 'creating' };
    facts.forEach((state, index) => {
      const name = title(all[index]!).split(' ')[0]!;
      const later = name === 'poststart' ? 'running' : 'stopped';
      assert.equal(state.status, name in status ? 'creating' : later, name);
      assert.deepEqual([state.id, state.bundle, state.annotations], [options.id, options.bundle, { colour: 'red' }]);
      assert.equal(state.ociVersion, '1.2.0');
      if (name !== 'poststop') assert.equal(state.pid, name === 'createContainer' ? 1 : box.pid, `pid for ${name}`);
    });
  });

  it('run inside as the last thing before the program, for startContainer: a program of the container’s', async () => {
    const inside =
      '#!/bin/sh\ncat > /tmp/state; id -u >> /tmp/state; ls /proc/self/fd >> /tmp/state; echo $COLOUR >> /tmp/state\n';
    const own = makeBundle();
    writeFileSync(join(own, 'rootfs/bin/hook'), inside, { mode: 0o755 });
    const spec = withHooks({
      startContainer: [{ path: '/bin/hook', args: ['hook', 'x'], env: ['PATH=/bin', 'COLOUR=red'] }],
    });
    spec.process.user = { uid: 1000, gid: 1000 };
    spec.process.args = ['cat', '/tmp/state'];
    const { code, text } = await runBox({ spec, bundle: own });
    const [state, ...lines] = text.replace('}', '}\n').trim().split('\n');
    assert.deepEqual(lines, ['1000', '0', '1', '2', '3', 'red'], 'the user’s, and ls has one descriptor itself');
    const { status, pid, bundle: place } = JSON.parse(state!) as Record<string, unknown>;
    assert.deepEqual([status, pid, place, code], ['created', 1, own, 0]);
  });

  it('stop the start when one of them fails, or takes too long', async () => {
    for (const [line, timeout, how] of [
      ['exit 3', undefined, /hook ended with 3/],
      ['kill -9 $$', undefined, /hook ended by signal 9/],
      ['sleep 1000', 1, /hook.*ETIMEDOUT/],
    ] as const) {
      const spec = withHooks({ startContainer: [{ path: '/bin/sh', args: ['sh', '-c', line], timeout }] });
      spec.process.args = ['sh', '-c', 'echo ran'];
      const options = boxed({ spec });
      const box = await create(options);
      await assert.rejects(start(run, options.id), { code: 'STEP_FAILED', message: how });
      assert.notEqual(await box.wait(), 0);
      await remove(run, options.id, { force: true });
    }
  });

  it('run inside, for createContainer: the mounts are made, and the root is still that of the host', async () => {
    const path = journal();
    const rootfs = join(bundle(), 'rootfs');
    const look = [
      'readlink /proc/self/ns/mnt /proc/self/ns/net',
      `test -e $0 && echo sees itself`,
      `test -c ${rootfs}/dev/null && echo sees the device`,
      `test -e ${rootfs}/proc/self && echo sees procfs`,
      'echo $# $1 $COLOUR',
    ];
    const args = ['name', 'argument'];
    const hook = script(`{ ${look.join('; ')}; } >> ${path}`, { args, env: ['COLOUR=blue', 'PATH=/bin:/usr/bin'] });
    const options = boxed({ spec: withHooks({ createContainer: [hook] }) });
    const box = await create(options);
    const at = (name: string): string => readlinkSync(`/proc/${box.pid}/ns/${name}`);
    assert.deepEqual(entries(path), [
      at('mnt'),
      at('net'),
      'sees itself',
      'sees the device',
      'sees procfs',
      '1 argument blue',
    ]);
    assert(!existsSync(join(rootfs, 'dev/null')), 'the host sees none of it');
    await remove(run, options.id, { force: true });
    await box.wait();
  });

  it('run outside, for createRuntime: in the namespaces of the host, while the container has its own', async () => {
    const path = journal();
    const line = `pid=$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/'); readlink /proc/self/ns/mnt /proc/self/ns/net /proc/$pid/ns/net >> ${path}`;
    const hook = script(line, { env: ['PATH=/bin:/usr/bin'] });
    const options = boxed({ spec: withHooks({ createRuntime: [hook] }) });
    const box = await create(options);
    const [mount, network, its] = entries(path);
    assert.equal(mount, readlinkSync('/proc/self/ns/mnt'));
    assert.equal(network, readlinkSync('/proc/self/ns/net'));
    assert.equal(its, readlinkSync(`/proc/${box.pid}/ns/net`));
    await remove(run, options.id, { force: true });
    await box.wait();
  });

  for (const name of ['prestart', 'createRuntime', 'createContainer'] as const)
    it(`fail the create when a ${name} hook fails, and no later one runs`, async () => {
      const path = journal();
      const hooks = { [name]: [script('exit 3'), script(`echo later >> ${path}`)] };
      await assert.rejects(create(boxed({ spec: withHooks(hooks) })), {
        code: 'STEP_FAILED',
        message: new RegExp(`^the ${name} hook .* ended with 3$`),
      });
      assert.deepEqual(entries(path), []);
    });

  it('fail the create when one is missing', async () => {
    const hooks = { createRuntime: [{ path: '/no/such/hook' }] };
    await assert.rejects(
      create(boxed({ spec: withHooks(hooks) })),
      /createRuntime hook \/no\/such\/hook cannot be run: .*not found/,
    );
  });

  for (const name of ['createRuntime', 'createContainer'] as const)
    it(`are killed at their timeout, and ${name} fails the create`, async () => {
      const path = journal();
      const hook = script(`echo $$ >> ${path}; exec sleep 1000`, { timeout: 1, env: ['PATH=/bin:/usr/bin'] });
      await assert.rejects(create(boxed({ spec: withHooks({ [name]: [hook] }) })), /took longer than its 1 s/);
      const [pid] = entries(path);
      await until('the hook to be gone', () => !existsSync(`/proc/${pid}/exe`));
    });

  it('may have a timeout that no timer can be set to', async () => {
    const patient = script('sleep 0.1', { timeout: 3_000_000, env: ['PATH=/bin:/usr/bin'] });
    const inside = { path: '/bin/sleep', args: ['sleep', '0.1'], timeout: Number.MAX_SAFE_INTEGER };
    const spec = withHooks({ createRuntime: [patient], startContainer: [inside] });
    await withBox(boxed({ spec }), () => undefined);
  });

  it('have the arguments that are listed, the first too, and are found by their path', async () => {
    const path = journal();
    const hook = {
      path: '/bin/sh',
      args: ['its-name', '-c', `echo $0 "$@" >> ${path}; pwd >> ${path}`, 'zero', 'one two'],
    };
    const options = boxed({ spec: withHooks({ createRuntime: [hook], createContainer: [hook] }) });
    const box = await create(options);
    const rootfs = join(bundle(), 'rootfs');
    assert.deepEqual(entries(path), ['zero one two', bundle(), 'zero one two', rootfs]);
    await remove(run, options.id, { force: true });
    await box.wait();
    const named = { path: '/bin/sh', args: ['its-name', '-c', `cat /proc/$$/cmdline >> ${path}.name; :`] };
    const again = boxed({ spec: withHooks({ createRuntime: [named] }) });
    const other = await create(again);
    await remove(run, again.id, { force: true });
    await other.wait();
    assert.match(readFileSync(`${path}.name`, 'utf8'), /^its-name\0-c\0/);
  });

  it('are warnings when they fail after the start or the end: the others run, and the container lives on', async () => {
    const path = journal();
    const warned: string[] = [];
    const listen = ({ message }: Error): void => void warned.push(message);
    process.on('warning', listen);
    const two = (name: string): Hook[] => [script('exit 3'), script(`echo ${name} >> ${path}`)];
    const options = boxed({ spec: withHooks({ poststart: two('poststart'), poststop: two('poststop') }) });
    const box = await create(options);
    await start(run, options.id);
    assert.equal(state(run, options.id).status, 'running');
    await remove(run, options.id, { force: true });
    assert.equal(await box.wait(), 137);
    assert.deepEqual(entries(path), ['poststart', 'poststop']);
    await until('both warnings', () => warned.length === 2);
    process.off('warning', listen);
    for (const [index, name] of ['poststart', 'poststop'].entries())
      assert.match(warned[index]!, new RegExp(`^container '${options.id}': the ${name} hook .* ended with 3$`));
  });

  it('run after the end when everything else of the container has gone', async () => {
    const path = journal();
    const cgroups = hierarchies().map(({ mountPoint }) => join(mountPoint, 'drydock'));
    const id = fresh('box');
    const look = script(
      `ls -d ${cgroups.map((dir) => join(dir, id)).join(' ')} >> ${path} 2>/dev/null; echo done >> ${path}`,
    );
    const options = boxed({ spec: withHooks({ poststop: [look] }), id });
    const box = await create(options);
    await remove(run, id, { force: true });
    await box.wait();
    assert.deepEqual(entries(path), ['done']);
  });

  it('run after the end of one that was never created, if they were told of its beginning', async () => {
    const path = journal();
    const poststop = [script(`echo "poststop $(cat)" >> ${path}`)];
    const failing = boxed({ spec: withHooks({ createRuntime: [script('exit 3')], poststop }) });
    await assert.rejects(create(failing), /createRuntime hook .* ended with 3/);
    const [line, ...more] = entries(path);
    assert.match(line!, /"status":"stopped"/);
    assert.deepEqual(more, []);
    const invalid = boxed({ spec: withHooks({ poststop }), bundle: '/nonexistent' });
    await assert.rejects(create(invalid));
    assert.equal(entries(path).length, 1, 'nothing had begun');
  });
});
