/** Kill and remove, and whoever meets another at it: afterwards one has had its way, and nothing is left. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hierarchies, processesIn } from '../../../src/runtime/cgroupfs.ts';
import { create, list, start, state } from '../../../src/runtime/container.ts';
import { cgroupsOf } from '../../../src/runtime/existing.ts';
import { exec } from '../../../src/runtime/exec.ts';
import type { Isolator } from '../../../src/runtime/isolator.ts';
import { isolators } from '../../../src/runtime/isolators/index.ts';
import { kill, killAll } from '../../../src/runtime/kill.ts';
import { remove } from '../../../src/runtime/remove.ts';
import type { Spec } from '../../../src/runtime/spec.ts';
import { reserve, stateDir } from '../../../src/runtime/state.ts';
import { boxed, elsewhere, fresh, leavesNothing, makeBundle, output, run, specOf, until, withBox } from '../support.ts';

const sleeper = (): Spec => specOf({ args: ['sleep', '1000'] });

/** A promise and its end. */
function gate(): { promise: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const promise = new Promise<void>((resolve) => (open = resolve));
  return { promise, open };
}

describe('removing a container', function () {
  leavesNothing();

  it('leaves nothing as soon as it is created below a supervisor, which still writes how it ended', async () => {
    for (let i = 0; i < 60; i++) {
      const options = boxed({ spec: specOf({ args: ['true'] }), supervise: true });
      const box = await create(options);
      await Promise.all([remove(run, options.id, { force: true }), box.wait()]);
      assert.equal(existsSync(stateDir(run, options.id)), false, `round ${i}`);
    }
  });

  it('waits for one who is still creating it, and takes it then', async () => {
    const [reached, goOn] = [gate(), gate()];
    const slow: Isolator = {
      name: 'slow',
      summary: 'waits half way',
      prepare: () => (reached.open(), goOn.promise),
    };
    const options = boxed({ spec: sleeper(), isolators: [...isolators, slow] });
    const creating = create(options);
    await reached.promise;
    const removing = remove(run, options.id, { force: true });
    const first = await Promise.race([
      removing.then(() => 'removed'),
      new Promise((resolve) => setTimeout(resolve, 50)),
    ]);
    assert.equal(first, undefined, 'nobody takes away what is being made');
    goOn.open();
    const box = await creating;
    await removing;
    assert.equal(await box.wait(), 137);
    assert.deepEqual(list(run), []);
  });

  it('needs nobody to wait for when its creator was killed', async () => {
    const { dir, lock } = await reserve(run, 'dead-creator');
    lock.release(); // as the kernel does it
    assert(existsSync(dir));
    await remove(run, 'dead-creator', { force: true });
    assert(!existsSync(dir));
  });

  it('is done once when several do it at once, here and in other processes', async () => {
    const options = boxed({ spec: sleeper() });
    const box = await create(options);
    await start(run, options.id);
    const others = [1, 2].map(() => elsewhere('remove', run, options.id));
    await Promise.all([remove(run, options.id, { force: true }), remove(run, options.id, { force: true })]);
    assert.deepEqual(await Promise.all(others), [{ ok: null }, { ok: null }]);
    assert.equal(await box.wait(), 137);
  });

  it('does not touch a container whose id only begins alike', async () => {
    const short = fresh('').replace(/\D/g, '').padStart(12, '0').slice(-12);
    const long = short.padEnd(64, 'a');
    await withBox(boxed({ spec: sleeper(), id: long }), async () => {
      await remove(run, short, { force: true });
      await assert.rejects(remove(run, short), { code: 'NO_SUCH_CONTAINER' });
      assert.equal(state(run, long).status, 'running');
      await assert.rejects(create(boxed({ spec: sleeper(), id: short })), {
        code: 'ID_IN_USE',
        message: `the container '${long}' has the same first 12 digits as '${short}'`,
      });
    });
  });

  it('is possible by force whatever its state file says, and hinders nobody else until then', async () => {
    const [broken, other] = [boxed({ spec: sleeper() }), boxed({ spec: sleeper() })];
    const boxes = [await create(broken), await create(other)];
    const path = join(stateDir(run, broken.id), 'state.json');
    const saved = JSON.parse(readFileSync(path, 'utf8')) as object;
    const warned: string[] = [];
    const listen = ({ message }: Error): void => void warned.push(message);
    process.on('warning', listen);
    for (const [text, message] of [
      ['{', /state\.json is not JSON/],
      ['[]', /state\.json: 'id' is not the string/],
      ['null', /state\.json: 'id' is not the string/],
      [JSON.stringify({ ...saved, pid: '1' }), /state\.json: 'pid' is not the number/],
      [JSON.stringify({ ...saved, spec: null }), /state\.json: 'spec' is not the object/],
    ] as const) {
      writeFileSync(path, text);
      assert.deepEqual(
        list(run).map(({ id }) => id),
        [other.id],
      );
      await until('the warning', () => warned.some((line) => message.test(line)));
      assert.throws(() => state(run, broken.id), { code: 'STATE_BROKEN', message });
      await assert.rejects(remove(run, broken.id), { code: 'STATE_BROKEN' });
    }
    process.off('warning', listen);
    for (const { id } of [broken, other]) await remove(run, id, { force: true });
    for (const box of boxes) assert.equal(await box.wait(), 137);
  });
});

describe('a signal for a container', function () {
  leavesNothing();

  it('only asks when it is 0', async () => {
    const options = boxed({ spec: sleeper() });
    await withBox(options, () => kill(run, options.id, 0));
    assert.throws(() => kill(run, options.id, 0), { code: 'NO_SUCH_CONTAINER' });
  });

  it('reaches every process in it, also in cgroups that it has made, and nobody outside', async () => {
    const spec = specOf({ args: ['sh', '-c', 'sleep 1000 & setsid sleep 1000 & trap "" TERM; echo up; wait; wait'] });
    const out = output();
    await withBox(boxed({ spec, stdio: out.stdio }), async ({ id, pid }) => {
      await until('its children', () => out.text() === 'up\n');
      const inner = hierarchies().map(({ mountPoint }) => join(mountPoint, 'drydock', id));
      const all = processesIn(inner[0]!);
      assert.equal(all.length, 3);
      const moved = all.find((one) => one !== pid)!;
      for (const path of inner) {
        mkdirSync(join(path, 'inner'));
        writeFileSync(join(path, 'inner/cgroup.procs'), String(moved));
      }
      await killAll(run, id, 15);
      await until('those that end by it to be gone', () => processesIn(inner[0]!).length <= 1);
    });
    out.close();
  });

  it('reaches what a stopped container has left behind', async () => {
    const spec = specOf({ args: ['sh', '-c', 'setsid sleep 1000 & exit 0'] }, ({ linux }) => {
      linux!.namespaces = linux!.namespaces!.filter(({ type }) => type !== 'pid');
    });
    await withBox(boxed({ spec }), async (box) => {
      assert.equal(await box.wait(), 0);
      const directory = join(hierarchies()[0]!.mountPoint, 'drydock', box.id);
      assert.equal(processesIn(directory).length, 1);
      await killAll(run, box.id, 9);
      await until('it to be gone', () => processesIn(directory).length === 0);
    });
  });

  it('reaches its first process when its cgroups are gone, or it never had any', async () => {
    const spec = sleeper();
    await withBox(boxed({ spec }), async ({ id, pid, wait }) => {
      for (const path of cgroupsOf(stateDir(run, id))) {
        writeFileSync(join(path, '../../cgroup.procs'), String(pid));
        rmdirSync(path);
      }
      await killAll(run, id, 9);
      assert.equal(await wait(), 137);
      await killAll(run, id, 9);
    });
    const without = isolators.filter(({ name }) => name !== 'cgroups');
    await withBox(boxed({ spec, isolators: without }), async ({ id, wait }) => {
      await killAll(run, id, 9);
      assert.equal(await wait(), 137);
    });
  });

  it('reaches all also when they fork faster than anybody can list them', async () => {
    // Each process lives for a moment and leaves one child: whoever was listed has ended before he is signalled.
    const spec = specOf({ args: ['sh', '-c', 'f() { f & exit 0; }; f & sleep 1000'] }, ({ linux }) => {
      linux!.namespaces = linux!.namespaces!.filter(({ type }) => type !== 'pid');
    });
    await withBox(boxed({ spec }), async ({ id, wait }) => {
      const directory = join(hierarchies()[0]!.mountPoint, 'drydock', id);
      const met = new Set<number>();
      await until('a hundred generations', () => {
        for (const one of processesIn(directory)) met.add(one);
        return met.size > 100;
      });
      await killAll(run, id, 9);
      assert.equal(await wait(), 137);
      await until('all to be gone', () => processesIn(directory).length === 0);
    });
  });

  it('is refused for all of a container that is not there', () =>
    assert.rejects(killAll(run, 'nobody', 9), { code: 'NO_SUCH_CONTAINER' }));
});

describe('entering a container', function () {
  leavesNothing();

  const entering = { process: { args: ['true'], cwd: '/', user: { uid: 0, gid: 0 } } };

  it('is possible before its program starts', async () => {
    const options = boxed({ spec: sleeper(), bundle: makeBundle() });
    const box = await create(options);
    const out = output();
    const ask = { args: ['/bin/sh', '-c', 'echo $$ $(ls /)'], cwd: '/', user: { uid: 0, gid: 0 } };
    const added = await exec(run, options.id, { process: ask, stdio: out.stdio });
    assert.equal(await added.wait(), 0);
    assert.match(out.text(), /^[2-9]\d* bin dev etc proc root sys tmp\n$/);
    assert.equal(state(run, options.id).status, 'created');
    await remove(run, options.id, { force: true });
    assert.equal(await box.wait(), 137);
    out.close();
  });

  it('fails as such when it ends meanwhile: its number may be somebody else’s already', async () => {
    const options = boxed({ spec: sleeper() });
    const box = await create(options);
    await start(run, options.id);
    const ended = box.wait();
    // Its own isolators are those that it was created with: one of them kills it where the plan is made.
    const killing = (): void => kill(run, options.id, 9);
    const stack = isolators.map((one) => (one.name === 'uts' ? { ...one, steps: killing } : one));
    await assert.rejects(exec(run, options.id, { ...entering, isolators: stack }), { code: 'WRONG_STATE' });
    assert.equal(await ended, 137);
    await remove(run, options.id);
  });

  it('says nothing in the container’s folder about how the added process ended', async () => {
    const options = boxed({ spec: sleeper() });
    await withBox(options, async () => {
      const added = await exec(run, options.id, { ...entering, supervise: true });
      assert.equal(await added.wait(), 0);
      assert(!existsSync(join(stateDir(run, options.id), 'exit')));
    });
  });
});
