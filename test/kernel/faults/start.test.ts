/**
 * A process that ends between the start and the first instruction of its program, and is reaped before the starter looks:
 * all that is left is what it has written. The starter must tell one that was killed from one whose program has run.
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { O_RDONLY } from '../../../src/linux/constants.ts';
import { native, projectHome } from '../../../src/linux/native.ts';
import { create, type Container, type CreateOptions } from '../../../src/runtime/container.ts';
import { exec } from '../../../src/runtime/exec.ts';
import { remove } from '../../../src/runtime/remove.ts';
import type { Isolator } from '../../../src/runtime/isolator.ts';
import { isolators } from '../../../src/runtime/isolators/index.ts';
import { boxed, folder, leavesNothing, makeBundle, run, specOf, until, withBox } from '../support.ts';

describe('the start of a container that ends before the starter looks', function () {
  leavesNothing();

  const program = join(folder, 'starter.cjs');
  before('pack the driver', () => {
    buildSync({ entryPoints: [join(__dirname, 'driver.ts')], outfile: program, bundle: true, platform: 'node' });
  });

  /** What `start` says that sleeps from its go until the process, to which `meanwhile` happens, has been reaped. */
  async function said(options: CreateOptions, meanwhile: (box: Container) => Promise<void> | void): Promise<string> {
    const box = await create(options);
    process.kill(box.pid, 'SIGSTOP');
    const starter = fork(program, { env: { ...process.env, DRYDOCK_HOME: projectHome() }, execArgv: [] });
    try {
      const ended = once(starter, 'exit');
      starter.send({ verb: 'start', options: { run: options.run, id: options.id } });
      await once(starter, 'message');
      starter.kill('SIGSTOP');
      await meanwhile(box);
      await box.wait();
      starter.kill('SIGCONT');
      starter.send('go on');
      const [{ label }] = (await once(starter, 'message')) as [{ label: string }];
      starter.send('go on');
      await ended;
      return label;
    } finally {
      starter.kill('SIGKILL');
      await remove(run, options.id, { force: true });
    }
  }

  const kill = ({ pid }: Container): void => void process.kill(pid, 'SIGKILL');
  const goOn = ({ pid }: Container): void => void process.kill(pid, 'SIGCONT');

  it('fails when it was killed before it did anything', async () => {
    assert.equal(await said(boxed({ spec: specOf({ args: ['true'] }) }), kill), 'SHIM_DIED');
  });

  it('fails when it was killed in a step after the go', async () => {
    const bundle = makeBundle();
    native.mkfifo(join(bundle, 'rootfs/fifo'), 0o600);
    const stuck: Isolator = {
      name: 'stuck',
      summary: 'waits for a writer that does not come',
      phase: 'start-hooks',
      steps: (plan) => void plan.open('/fifo', O_RDONLY),
    };
    const options = boxed({ bundle, spec: specOf({ args: ['true'] }), isolators: [...isolators, stuck] });
    const killInStep = async (box: Container): Promise<void> => {
      goOn(box);
      await until('it waits', () => readFileSync(`/proc/${box.pid}/wchan`, 'utf8').includes('partner'));
      kill(box);
    };
    assert.equal(await said(options, killInStep), 'SHIM_DIED');
  });

  it('succeeds when its program has run and ended', async () => {
    assert.equal(await said(boxed({ spec: specOf({ args: ['true'] }) }), goOn), 'started');
  });

  it('fails when the kernel refused to execute the program', async () => {
    const bundle = makeBundle();
    writeFileSync(join(bundle, 'rootfs/bin/strange'), 'of no known kind', { mode: 0o755 });
    assert.equal(await said(boxed({ bundle, spec: specOf({ args: ['/bin/strange'] }) }), goOn), 'START_FAILED');
  });

  it('fails for a further process, too, that is killed on the way to its program and reaped by its supervisor', () =>
    withBox(boxed({ spec: specOf({ args: ['sleep', '1000'] }) }), async ({ id }) => {
      const onStep = async ({ call }: { call: string }, _index: number, pid?: number): Promise<void> => {
        if (call !== 'prepare_exec') return;
        process.kill(pid!, 'SIGKILL');
        await until('it is reaped', () => {
          try {
            return void process.kill(pid!, 0);
          } catch {
            return true;
          }
        });
      };
      const wanted = { args: ['true'], cwd: '/', user: { uid: 0, gid: 0 }, env: ['PATH=/bin'] };
      await assert.rejects(exec(run, id, { process: wanted, onStep, supervise: true }), { code: 'SHIM_DIED' });
    }));
});
