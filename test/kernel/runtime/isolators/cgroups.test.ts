/** The cgroups of a container: which are made, which were there before, and that only the former go again. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { hierarchies, processesIn } from '../../../../src/runtime/cgroupfs.ts';
import { create, start } from '../../../../src/runtime/container.ts';
import type { Isolator } from '../../../../src/runtime/isolator.ts';
import { isolators } from '../../../../src/runtime/isolators/index.ts';
import { directoriesOf } from '../../../../src/runtime/isolators/cgroups.ts';
import { remove } from '../../../../src/runtime/remove.ts';
import type { Spec } from '../../../../src/runtime/spec.ts';
import { readClaims, stateDir } from '../../../../src/runtime/state.ts';
import { boxed, folder, fresh, leavesNothing, run, runBox, specOf, until, withBox } from '../../support.ts';

const everywhere = (path: string): string[] => hierarchies().map(({ mountPoint }) => join(mountPoint, path));
const those = (paths: string[]): string[] => paths.filter((path) => existsSync(path));
const at = (path: string, args = ['sleep', '1000']): Spec =>
  specOf({ args }, ({ linux }) => void (linux!.cgroupsPath = path));

/** Makes these cgroups for `body`, and removes them. */
async function having(paths: string[], body: () => Promise<void>): Promise<void> {
  for (const path of paths) mkdirSync(path);
  try {
    await body();
  } finally {
    for (const path of paths.toReversed()) await until(`${path} to be empty`, () => gone(path));
  }
}

function gone(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBUSY') return false;
    throw error;
  }
}

describe('the cgroups of a container', function () {
  leavesNothing();

  it('are removed with the processes in them that its first one has left behind', async () => {
    const spec = specOf({ args: ['sh', '-c', 'setsid sleep 1000 & exit 0'] }, ({ linux }) => {
      linux!.namespaces = linux!.namespaces!.filter(({ type }) => type !== 'pid');
    });
    await runBox({ spec });
  });

  it('are removed with the cgroups that were made inside, and the processes in those', async () => {
    const id = fresh('box');
    await withBox(boxed({ spec: specOf({ args: ['sleep', '1000'] }), id }), async ({ pid }) => {
      for (const path of everywhere(`drydock/${id}`)) {
        mkdirSync(join(path, 'inner/most'), { recursive: true });
        // A v2 cgroup with processes in it may have children, as long as no controller is handed down.
        writeFileSync(join(path, 'inner/most/cgroup.procs'), String(pid));
        assert.deepEqual(processesIn(path), [pid]);
      }
    });
  });

  it('that refuse the process fail the create, and leave no process that nobody waits for', async () => {
    const directory = mkdtempSync(join(folder, 'refusing-'));
    symlinkSync('/dev/full', join(directory, 'tasks'));
    const refusing: Isolator = { name: 'refusing', summary: '', cgroups: () => [{ version: 1, directory }] };
    const spec = specOf({ args: ['true'] });
    for (const supervise of [false, true])
      await assert.rejects(create(boxed({ spec, supervise, isolators: [...isolators, refusing] })), {
        code: 'STEP_FAILED',
        call: 'write',
      });
    rmSync(directory, { recursive: true });
  });

  it('are those of its id when the path is empty', () =>
    withBox(boxed({ spec: at('') }), ({ id }) => {
      const { claims } = readClaims(stateDir(run, id))!;
      assert.deepEqual(directoriesOf(claims.cgroups), everywhere(`drydock/${id}`));
    }));

  it('are removed with those above them that were made for them', async () => {
    const above = fresh('above');
    await withBox(boxed({ spec: at(`/${above}/further/box`) }), ({ pid }) => {
      const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n');
      assert(lines.some((line) => line.endsWith(`/${above}/further/box`)));
    });
    assert.deepEqual(those(everywhere(above)), []);
  });

  it('leave those above them that were there before, or that have a neighbour', async () => {
    const above = fresh('above');
    await having(everywhere(above), async () => {
      await runBox({ spec: at(`/${above}/further/box`, ['true']) });
      assert.deepEqual(those(everywhere(above)), everywhere(above));
      assert.deepEqual(those(everywhere(`${above}/further`)), []);
    });
    const shared = fresh('shared');
    await withBox(boxed({ spec: at(`/${shared}/one`) }), async () => {
      await runBox({ spec: at(`/${shared}/other`, ['true']) });
      assert.deepEqual(those(everywhere(shared)), everywhere(shared));
    });
    assert.deepEqual(those(everywhere(shared)), []);
  });

  it('stay when they were there before and empty', async () => {
    const path = fresh('own');
    await having(everywhere(path), async () => {
      await withBox(boxed({ spec: at(path) }), ({ pid }) => {
        for (const directory of everywhere(path)) assert.deepEqual(processesIn(directory), [pid]);
      });
      assert.deepEqual(those(everywhere(path)), everywhere(path));
    });
  });

  it('are refused when somebody else is in one, who then goes on', async () => {
    const path = fresh('taken');
    const [directory] = everywhere(path) as [string];
    await having([directory], async () => {
      const other = spawn('sleep', ['1000']);
      try {
        writeFileSync(join(directory, 'cgroup.procs'), String(other.pid));
        await assert.rejects(create(boxed({ spec: at(path) })), {
          code: 'CGROUP_IN_USE',
          message: `the cgroup ${directory} is in use: process ${other.pid} is in it`,
        });
        assert.deepEqual(processesIn(directory), [other.pid]);
      } finally {
        other.kill('SIGKILL');
        await new Promise((resolve) => other.once('close', resolve));
      }
    });
  });

  it('are refused when they are those of a container that has ended and is not deleted yet', async () => {
    const path = fresh('inherited');
    const first = boxed({ spec: at(path, ['true']) });
    const { wait } = await create(first);
    const ended = wait();
    await start(run, first.id);
    await ended;
    try {
      await assert.rejects(create(boxed({ spec: at(path) })), {
        code: 'CGROUP_IN_USE',
        message: new RegExp(`the container '${first.id}' has made it, and is not deleted yet`),
      });
    } finally {
      await remove(run, first.id);
    }
    await runBox({ spec: at(path, ['true']) });
  });

  it('leave nothing above them when what is there is no cgroup', async () => {
    const above = fresh('above');
    const spec = at(`/${above}/cgroup.procs`);
    await assert.rejects(create(boxed({ spec })), { code: 'CGROUP_IN_USE' });
    assert.deepEqual(those(everywhere(above)), []);
  });

  it('are had by one of several that want the same at once', async () => {
    const path = fresh('wanted');
    const boxes = Array.from({ length: 4 }, () => boxed({ spec: at(path) }));
    const results = await Promise.allSettled(boxes.map((box) => create(box)));
    const codes = results.map((one) => (one.status === 'rejected' ? (one.reason as { code: string }).code : 'had'));
    assert.deepEqual(codes.toSorted(), ['CGROUP_IN_USE', 'CGROUP_IN_USE', 'CGROUP_IN_USE', 'had']);
    const had = codes.indexOf('had');
    for (const directory of everywhere(path)) assert.equal(processesIn(directory).length, 1);
    await remove(run, boxes[had]!.id, { force: true });
    const [box] = results.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    assert.equal(await box!.wait(), 137);
    assert.deepEqual(those(everywhere(path)), []);
  });

  it('do not count a process that our PID namespace does not show: to kill(2), 0 is our own group', () => {
    const directory = mkdtempSync(join(folder, 'cgroup-'));
    writeFileSync(join(directory, 'cgroup.procs'), '0\n12\n0\n');
    assert.deepEqual(processesIn(directory), [12]);
    rmSync(directory, { recursive: true });
  });

  it('are one in each hierarchy that counts or stops processes', () =>
    withBox(boxed({ spec: specOf({ args: ['sleep', '1000'] }) }), ({ id, pid }) => {
      const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
      for (const line of lines) {
        const [, controllers = '', path] = line.split(':');
        const counts = /\b(memory|cpu|pids|freezer|devices)\b/.test(controllers);
        if (counts) assert.equal(path, `/drydock/${id}`, controllers);
      }
    }));
});
