/**
 * kill -9 of everybody who takes part in a create, at every point of it (points.ts), one after the other.
 *
 * Whoever is killed: nobody hangs, no process stays, and after `remove`, which is what the next start and `doctor
 * --repair` do, nothing at all. A parent that survives has an error in its hands, and nothing is left even before.
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { features } from '../../../src/linux/features.ts';
import { native, projectHome } from '../../../src/linux/native.ts';
import { readStat, readStatus } from '../../../src/linux/procfs.ts';
import { create, start, state, type CreateOptions } from '../../../src/runtime/container.ts';
import { remove } from '../../../src/runtime/remove.ts';
import type { Spec } from '../../../src/runtime/spec.ts';
import { stateDir } from '../../../src/runtime/state.ts';
import {
  boxed,
  cgroupsOf,
  folder,
  fresh,
  leavesNothing,
  leftovers,
  makeBundle,
  nothingLeft,
  run,
  skip,
  specOf,
  until,
  type Leftovers,
} from '../support.ts';
import type { Order } from './driver.ts';
import { sampled } from '../../sample.ts';
import { withPoints } from './points.ts';

const HANGS_AFTER_MS = 10_000;

const sleeper = (more: Partial<CreateOptions> = {}): CreateOptions =>
  boxed({ spec: specOf({ args: ['sleep', '1000'] }), ...more });

const withUserNamespace = ({ linux }: Spec): void => {
  linux!.namespaces!.push({ type: 'user' });
  linux!.uidMappings = linux!.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
};

async function inTime<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`hangs: ${what}`)), HANGS_AFTER_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The labels of all points of a create, with whether the child is there. */
async function allPoints(supervise: boolean): Promise<{ label: string; hasChild: boolean }[]> {
  const found: { label: string; hasChild: boolean }[] = [];
  const options = withPoints(
    sleeper({ supervise }),
    (label, pid) => void found.push({ label, hasChild: pid !== undefined }),
  );
  const box = await create(options);
  await remove(run, options.id, { force: true }, options.isolators);
  await box.wait();
  return found;
}

/** Our descendant of this name; the shim names its processes after their part. */
function ourProcess(name: string): number | undefined {
  const ours = (pid: number): boolean => pid > 1 && (pid === process.pid || ours(readStat(pid)?.parent ?? 0));
  return readdirSync('/proc')
    .map(Number)
    .find((pid) => pid > 1 && readStat(pid)?.name === name && readStat(pid)?.state !== 'Z' && ours(pid));
}

const victims = {
  outer: () => ourProcess('drydock:outer'),
  child: (pid?: number) => pid,
  supervisor: () => ourProcess('drydock:shim'),
};

for (const supervise of [false, true])
  describe(`kill -9 during create, ${supervise ? 'with' : 'without'} a supervisor`, function () {
    this.timeout(600_000);
    leavesNothing();

    let points: { label: string; hasChild: boolean }[];
    before('find all points', async () => {
      points = await allPoints(supervise);
      assert(points.length > 40, 'a default container has dozens of steps');
    });

    /** Kills a victim at the point; the create must fail and leave nothing, or, once its state is saved, be removable. */
    async function killAt(label: string, victim: keyof typeof victims): Promise<void> {
      const seen: Leftovers = leftovers();
      let killed = false;
      const options = withPoints(sleeper({ supervise }), async (now, pid) => {
        if (now !== label) return;
        const target = victims[victim](pid);
        assert(target, `there is no ${victim} at '${label}'`);
        process.kill(target, 'SIGKILL');
        killed = true;
        await until('its death', () => [undefined, 'Z', 'X'].includes(readStat(target)?.state));
      });
      const made = create(options);
      if (label === 'created') {
        const box = await inTime(label, made);
        await remove(run, options.id, { force: true }, options.isolators);
        assert.equal(await inTime(`wait after ${label}`, box.wait()), 137);
      } else {
        await assert.rejects(inTime(label, made), { name: 'DrydockError', code: 'SHIM_DIED' });
      }
      assert(killed);
      await nothingLeft(seen).catch((error: Error) => assert.fail(`${victim} killed at '${label}': ${error.message}`));
    }

    it('tells of an outer half that dies at any of its points', async () => {
      for (const { label } of points.filter(({ label }) => label === 'before clone')) await killAt(label, 'outer');
    });

    it('tells of a child that dies at any of its points', async () => {
      for (const { label } of sampled(points.filter(({ hasChild }) => hasChild))) await killAt(label, 'child');
    });

    if (supervise)
      it('ends with its supervisor at any point', async () => {
        const first = points.findIndex(({ label }) => label === 'before clone');
        for (const { label } of sampled(points.slice(first))) await killAt(label, 'supervisor');
      });

    describe('of the parent', () => {
      const program = join(folder, `driver-${supervise}.cjs`);
      const env = { ...process.env, DRYDOCK_HOME: projectHome() };

      // The loader of TypeScript takes longer to start than all the rest.
      before('pack the driver', () => {
        buildSync({ entryPoints: [join(__dirname, 'driver.ts')], outfile: program, bundle: true, platform: 'node' });
      });

      /** Lets a parent go until it reaches the point, and kills it there; without a label until it has ended. */
      async function killParentAt(order: Order, label?: string): Promise<void> {
        const parent = fork(program, { env, execArgv: [] });
        const ended = new Promise<undefined>((resolve) => parent.once('exit', () => resolve(undefined)));
        parent.send(order);
        for (;;) {
          const message = once(parent, 'message') as Promise<[{ label: string }]>;
          const said = (await inTime(label ?? 'the end', Promise.race([message, ended])))?.[0];
          if (!said && !label) return;
          assert(said, `it ended before '${label}'`);
          if (said.label === label) break;
          parent.send('go on');
        }
        parent.kill('SIGKILL');
        await ended;
      }

      const orderOf = (more: Partial<Order> = {}): Order => ({
        verb: 'create',
        options: sleeper({ supervise }),
        ...more,
      });

      /** First the processes, by themselves; then the rest, by what the next start does. */
      async function expectRemovable(seen: Leftovers, { options: { id } }: Order, label: string): Promise<void> {
        const alone = (): boolean => leftovers().processes.length === seen.processes.length;
        await until(`the end of all processes after '${label}'`, alone);
        await remove(run, id, { force: true });
        await nothingLeft(seen).catch((error: Error) => assert.fail(`parent killed at '${label}': ${error.message}`));
      }

      it('leaves no process, and nothing that the next start does not find, at any point', async () => {
        for (const { label } of sampled(points)) {
          const seen = leftovers();
          const order = orderOf();
          await killParentAt(order, label);
          await expectRemovable(seen, order, label);
        }
      });

      for (const dieAt of ['reserved', 'unsaved'] as const)
        it(`leaves no process when the container is ${dieAt}`, async () => {
          const seen = leftovers();
          const order = orderOf({ dieAt });
          await killParentAt(order);
          assert.throws(() => state(run, order.options.id), { code: 'NO_SUCH_CONTAINER' });
          await expectRemovable(seen, order, dieAt);
        });

      for (const [what, phase, uid, change] of [
        ['before anything', 'join', 0, undefined],
        ['after it has become another user', 'lookup', 1000, undefined],
        ['after it has become root of a user namespace', 'join', 100_000, withUserNamespace],
      ] as const)
        it(`leaves no process when the child is stuck in a step, ${what}`, async function () {
          if (change && !features().userNamespace) skip(this, 'no user namespaces');
          const seen = leftovers();
          const bundle = makeBundle();
          const inside = phase === 'lookup' ? '/fifo' : join(bundle, 'rootfs/fifo');
          native.mkfifo(join(bundle, 'rootfs/fifo'), 0o666);
          const user = { uid: change ? 0 : uid, gid: change ? 0 : uid };
          const order = orderOf({
            options: sleeper({ supervise, bundle, spec: specOf({ args: ['sleep', '1000'], user }, change) }),
            stuckIn: { phase, fifo: inside },
          });
          const parent = fork(program, { env, execArgv: [] });
          const ended = once(parent, 'exit');
          parent.send(order);
          await until('the child is stuck', () => {
            const pid = ourProcess('drydock:child');
            const isUser = readStatus(pid ?? 0)
              ?.get('Uid')
              ?.startsWith(`${uid}\t`);
            return isUser && readFileSync(`/proc/${pid}/wchan`, 'utf8').includes('partner');
          });
          parent.kill('SIGKILL');
          await ended;
          await expectRemovable(seen, order, what);
        });

      if (supervise) {
        it('ends the container, as it would in the foreground', async () => {
          const seen = leftovers();
          const order = orderOf();
          await killParentAt(order, 'done');
          await until('its end', () => state(run, order.options.id).status === 'stopped');
          await expectRemovable(seen, order, 'done');
        });
        return;
      }

      it('leaves a created container to others once create has returned', async () => {
        const order = orderOf();
        await killParentAt(order, 'done');
        assert.equal(state(run, order.options.id).status, 'created');
        await start(run, order.options.id);
        assert.equal(state(run, order.options.id).status, 'running');
        await remove(run, order.options.id, { force: true });
      });

      it('lets the program start when the starter dies after the go', async () => {
        const options = sleeper();
        const box = await create(options);
        process.kill(box.pid, 'SIGSTOP');
        await killParentAt({ verb: 'start', options }, 'knocked');
        process.kill(box.pid, 'SIGCONT');
        await until('its program runs', () => state(run, options.id).status === 'running');
        await remove(run, options.id, { force: true });
        await box.wait();
      });
    });
  });

describe('kill -9 after create', function () {
  leavesNothing();

  it('tells the starter of a process that dies after the go and before its program', async () => {
    const options = sleeper();
    const box = await create(options);
    process.kill(box.pid, 'SIGSTOP');
    const started = start(run, options.id);
    process.kill(box.pid, 'SIGKILL');
    await assert.rejects(inTime('start', started), { code: 'SHIM_DIED' });
    assert.equal(await box.wait(), 137);
    await remove(run, options.id);
  });

  it('removes what another remove had begun, whatever cgroups that one got to', async () => {
    const { length } = await cgroupsOfOne();
    for (let removed = 0; removed <= length; removed++) {
      const options = sleeper();
      const box = await create(options);
      process.kill(box.pid, 'SIGKILL');
      await box.wait();
      const mine = cgroupsOf(options.id);
      mine.slice(0, removed).forEach((path) => rmdirSync(path));
      await remove(run, options.id);
      assert.deepEqual(cgroupsOf(options.id), []);
    }
  });

  async function cgroupsOfOne(): Promise<string[]> {
    const options = sleeper();
    const box = await create(options);
    const found = cgroupsOf(options.id);
    await remove(run, options.id, { force: true });
    await box.wait();
    return found;
  }

  it('forgets a folder of which any part is left', async () => {
    const options = sleeper();
    const box = await create(options);
    const dir = stateDir(run, options.id);
    const files = readdirSync(dir);
    await remove(run, options.id, { force: true });
    await box.wait();
    // Files of a save that was cut off, too.
    for (const file of [...files, 'state.json.new', 'claims.json.new']) {
      const other = sleeper();
      const one = await create(other);
      process.kill(one.pid, 'SIGKILL');
      await one.wait();
      cgroupsOf(other.id).forEach((path) => rmdirSync(path));
      const folderOfOther = stateDir(run, other.id);
      if (!files.includes(file)) writeFileSync(join(folderOfOther, file), '{"cut": "o');
      for (const name of readdirSync(folderOfOther)) if (name !== file) rmSync(join(folderOfOther, name));
      await remove(run, other.id, { force: true });
      assert.deepEqual(readdirSync(run), [], file);
    }
  });

  it('takes an id again after a cut-off create was removed', async () => {
    const id = fresh('again');
    mkdirSync(stateDir(run, id), { recursive: true });
    const options = sleeper({ id });
    await assert.rejects(create(options), { code: 'ID_IN_USE' });
    await remove(run, id, { force: true });
    const box = await create(options);
    await remove(run, id, { force: true });
    await box.wait();
  });
});
