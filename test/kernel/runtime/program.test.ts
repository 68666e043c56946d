/**
 * Create in one process, start in another, with programs that cannot be executed: what can be known at `create` is an
 * answer of `create`, and what only execve(2) finds out is an answer of `start`, whoever calls it.
 */
import assert from 'node:assert/strict';
import { chmodSync, closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EACCES, ENOENT, ENOEXEC } from '../../../src/linux/errno.ts';
import { create, start, state } from '../../../src/runtime/container.ts';
import { remove } from '../../../src/runtime/remove.ts';
import { boxed, elsewhere, fresh, leavesNothing, makeBundle, output, run, specOf } from '../support.ts';

/** A bundle with one more program in it. */
function bundleWith(program: string, text: string, mode = 0o755): string {
  const bundle = makeBundle();
  const path = join(bundle, 'rootfs/bin', program);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return bundle;
}

describe('create in one process and start in another', function () {
  leavesNothing();

  it('runs the program, and its creator gets the exit code', async () => {
    const out = output();
    const spec = specOf({ args: ['sh', '-c', 'echo started; exit 7'] });
    const options = boxed({ spec, stdio: out.stdio });
    const box = await create(options);
    assert.equal(out.text(), '', 'nothing runs before start');
    assert.deepEqual(await elsewhere('start', run, options.id), { ok: null });
    assert.equal(await box.wait(), 7);
    assert.equal(out.text(), 'started\n');
    out.close();
    assert.equal(state(run, options.id).status, 'stopped');
    await remove(run, options.id);
  });

  it('refuses at create a program that is missing', async () => {
    for (const program of ['no-such-program', '/no/such/program', './no-such-program'])
      await assert.rejects(create(boxed({ spec: specOf({ args: [program] }) })), {
        code: 'PROGRAM_NOT_FOUND',
        errno: ENOENT,
        message: `"${program}": executable file not found in the container`,
      });
  });

  it('refuses at create a program that is not executable', async () => {
    const bundle = bundleWith('data', 'no program', 0o644);
    for (const args of [['data'], ['/bin/data'], ['/tmp']])
      await assert.rejects(create(boxed({ spec: specOf({ args }), bundle })), {
        code: 'PROGRAM_NOT_EXECUTABLE',
        errno: EACCES,
      });
  });

  it('looks with the rights of the user that the program will have', async () => {
    const bundle = bundleWith('root-only', '#!/bin/sh\n', 0o700);
    const spec = specOf({ args: ['root-only'], user: { uid: 1000, gid: 1000 } });
    await assert.rejects(create(boxed({ spec, bundle })), { code: 'PROGRAM_NOT_EXECUTABLE' });
  });

  it('goes on in PATH after a file that is not executable', async () => {
    const bundle = bundleWith('sh2', 'not this one', 0o644);
    writeFileSync(join(bundle, 'rootfs/root/sh2'), '#!/bin/sh\nexit 3\n', { mode: 0o755 });
    const spec = specOf({ args: ['sh2'], env: [] }, ({ process }) => (process.env = ['PATH=/bin:/root']));
    const options = boxed({ spec, bundle });
    const box = await create(options);
    await start(run, options.id);
    assert.equal(await box.wait(), 3);
    await remove(run, options.id);
  });

  const onlyAtExecve = [
    ['has a broken ELF header', '\x7fELF and nothing of the kind', ENOEXEC, 126],
    ['is text without an interpreter line', 'echo hello\n', ENOEXEC, 126],
    ['names an interpreter that is missing', '#!/no/such/interpreter\n', ENOENT, 127],
    ['names an interpreter that is not executable', '#!/etc/passwd\n', EACCES, 126],
  ] as const;

  for (const [what, text, errno, exitCode] of onlyAtExecve)
    it(`tells the starter that a program ${what}`, async () => {
      const options = boxed({ spec: specOf({ args: ['odd'] }), bundle: bundleWith('odd', text) });
      const box = await create(options);
      assert.equal(state(run, options.id).status, 'created');
      const { error } = await elsewhere('start', run, options.id);
      const code = errno === EACCES ? 'PROGRAM_NOT_EXECUTABLE' : 'START_FAILED';
      assert.deepEqual([error?.code, error?.call, error?.errno], [code, 'execve', errno]);
      assert.match(error?.message ?? '', /^"odd"/);
      assert.match(error?.at ?? '', /isolators\/process\.ts:\d+/);
      assert.equal(await box.wait(), exitCode);
      assert.equal(state(run, options.id).status, 'stopped');
      await remove(run, options.id);
    });

  it('tells so also of a program to which descriptors go along: steps are known by their number', async () => {
    const bundle = bundleWith('odd', 'echo hello\n');
    const options = boxed({ spec: specOf({ args: ['odd'] }), bundle, preserveFds: 2 });
    const files = [openSync('/dev/null', 'r'), openSync('/dev/null', 'r')]; // at least 3 and 4 are open then
    const box = await create(options);
    files.forEach((fd) => closeSync(fd));
    const { error } = await elsewhere('start', run, options.id);
    assert.deepEqual([error?.code, error?.call, error?.errno], ['START_FAILED', 'execve', ENOEXEC]);
    assert.equal(await box.wait(), 126);
    await remove(run, options.id);
  });

  it('tells the starter that the program has gone since create', async () => {
    const bundle = bundleWith('fleeting', '#!/bin/sh\n');
    const options = boxed({ spec: specOf({ args: ['fleeting'] }), bundle });
    const box = await create(options);
    rmSync(join(bundle, 'rootfs/bin/fleeting'));
    const { error } = await elsewhere('start', run, options.id);
    assert.deepEqual([error?.code, error?.call, error?.errno], ['START_FAILED', 'execve', ENOENT]);
    assert.equal(await box.wait(), 127);
    await remove(run, options.id);
  });

  it('refuses a second start, and one of a container that was killed before it', async () => {
    const options = boxed({ spec: specOf({ args: ['sleep', '100'] }) });
    const box = await create(options);
    await elsewhere('start', run, options.id);
    const second = await elsewhere('start', run, options.id);
    assert.equal(second.error?.code, 'WRONG_STATE');
    assert.match(second.error?.message ?? '', /it is running, not created/);
    await remove(run, options.id, { force: true });
    assert.equal(await box.wait(), 137);

    const killed = boxed({ spec: specOf({ args: ['true'] }) });
    const dead = await create(killed);
    process.kill(dead.pid, 'SIGKILL');
    assert.equal(await dead.wait(), 137);
    assert.equal((await elsewhere('start', run, killed.id)).error?.code, 'WRONG_STATE');
    await remove(run, killed.id);
  });

  it('lets exactly one of several starters at once win', async () => {
    const options = boxed({ spec: specOf({ args: ['sleep', '100'] }) });
    const box = await create(options);
    // Stopped, it cannot run off before all of them have come.
    process.kill(box.pid, 'SIGSTOP');
    const starters = Promise.allSettled([1, 2, 3].map(() => start(run, options.id)));
    process.kill(box.pid, 'SIGCONT');
    const answers = await starters;
    const refused = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [answer.reason as { code: string }] : [],
    );
    assert.deepEqual(
      refused.map(({ code }) => code),
      ['WRONG_STATE', 'WRONG_STATE'],
    );
    await remove(run, options.id, { force: true });
    await box.wait();
  });

  it('knows no container of a name that nobody has created', async () => {
    assert.equal((await elsewhere('start', run, fresh('nobody'))).error?.code, 'NO_SUCH_CONTAINER');
  });
});
