/**
 * The helper enters the container before it becomes the program: what runs inside may find it there and write to its
 * file, which is ours (CVE-2019-5736), or start it anew as /proc/self/exe, or make use of what it holds open
 * (CVE-2024-21626).
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { features } from '../../../src/linux/features.ts';
import { native, projectHome } from '../../../src/linux/native.ts';
import { create, start, type Container } from '../../../src/runtime/container.ts';
import { exec } from '../../../src/runtime/exec.ts';
import { remove } from '../../../src/runtime/remove.ts';
import type { Isolator } from '../../../src/runtime/isolator.ts';
import { isolators } from '../../../src/runtime/isolators/index.ts';
import type { Process } from '../../../src/runtime/spec.ts';
import { readState, saveState, stateDir } from '../../../src/runtime/state.ts';
import { boxed, leavesNothing, makeBundle, output, run, skip, specOf, withAllPowers, withBox } from '../support.ts';

const shimPath = process.env.DRYDOCK_SHIM ?? join(projectHome(), 'build/Release/drydock-shim');
const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

const processOf = (args: string[], cwd = '/'): Process => ({
  args,
  cwd,
  user: { uid: 0, gid: 0 },
  env: ['PATH=/bin'],
});

/** Tries to open, to append to and to cut the file of every process inside that runs the helper. */
const attack = `
for p in /proc/[0-9]*; do
  case "$(readlink $p/exe)" in *drydock* | /memfd* | *deleted*)
    echo found
    (echo evil >> $p/exe) 2>/dev/null && echo appended
    (: > $p/exe) 2>/dev/null && echo cut
    dd if=/bin/busybox of=$p/exe conv=notrunc count=1 2>/dev/null && echo overwritten
  esac
done
true`;

describe('a container that attacks the helper', function () {
  leavesNothing();

  let before: string;
  beforeEach(() => void (before = digest(shimPath)));
  afterEach('the helper is as it was', () => assert.equal(digest(shimPath), before));

  async function attackIn({ id }: Container): Promise<string[]> {
    const out = output();
    try {
      const attacker = await exec(run, id, { process: processOf(['sh', '-c', attack]), stdio: out.stdio });
      assert.equal(await attacker.wait(), 0);
      return out.text().split('\n').filter(Boolean);
    } finally {
      out.close();
    }
  }

  it('cannot write to it while an exec stands at any of its steps', () =>
    withBox(boxed({ spec: specOf({ args: ['sleep', '1000'] }, withAllPowers) }), async (box) => {
      let found = 0;
      const onStep = async (_step: unknown, index: number): Promise<void> => {
        if (index < 0) return;
        const seen = await attackIn(box);
        assert.deepEqual(
          [...new Set(seen)].filter((line) => line !== 'found'),
          [],
        );
        found += seen.length;
      };
      const victim = await exec(run, box.id, { process: processOf(['true']), onStep });
      assert.equal(await victim.wait(), 0, 'it is still the same program');
      assert(found > 0, 'the attack must have seen the helper, or it proves nothing');
    }));

  it('finds a sealed copy, and never our own file, which it could open for reading and write to later', async () => {
    const { dev, ino } = statSync(shimPath);
    let looked = 0;
    const onStep = (_step: unknown, index: number, pid: number | undefined): void => {
      if (index < 0 || pid === undefined) return;
      const exe = statSync(`/proc/${pid}/exe`);
      assert.notDeepEqual([exe.dev, exe.ino], [dev, ino]);
      looked++;
    };
    await withBox(boxed({ spec: specOf({ args: ['sleep', '1000'] }), onStep }), async (box) => {
      const victim = await exec(run, box.id, { process: processOf(['true']), onStep });
      assert.equal(await victim.wait(), 0);
    });
    assert(looked > 40);
  });

  it('cannot look into it while it enters the user namespace in which the attacker is root', async function () {
    if (!features().userNamespace) skip(this, 'no user namespaces');
    const spec = specOf({ args: ['sleep', '1000'] }, ({ linux }) => {
      linux!.namespaces!.push({ type: 'user' });
      linux!.uidMappings = linux!.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
    });
    const line = 'for link in /proc/[0-9]*/exe; do readlink $link; done; true';
    await withBox(boxed({ spec }), async (box) => {
      let looked = 0;
      const look = async (): Promise<void> => {
        const out = output();
        try {
          const spy = await exec(run, box.id, { process: processOf(['sh', '-c', line]), stdio: out.stdio });
          assert.equal(await spy.wait(), 0);
          assert.match(out.text(), /busybox/, 'it sees its own');
          assert.doesNotMatch(out.text(), /drydock|memfd|deleted/);
        } finally {
          out.close();
        }
        looked++;
      };
      const watched: Isolator = { name: 'watched', summary: 'is looked at when it is born', at: { born: look } };
      const stack = [...isolators, watched];
      const state = readState(run, box.id);
      saveState(stateDir(run, box.id), { ...state, stack: [...state.stack, 'watched'] });
      const onStep = (_step: unknown, index: number): Promise<void> | undefined => (index < 0 ? undefined : look());
      const victim = await exec(run, box.id, { process: processOf(['true']), isolators: stack, onStep });
      assert.equal(await victim.wait(), 0);
      assert(looked > 8);
    });
  });

  it('cannot write to it when its program is /proc/self/exe', async () => {
    const bundle = makeBundle();
    symlinkSync('/proc/self/exe', join(bundle, 'rootfs/bin/self'));
    // A fifo that nobody writes holds the helper as long as we like: `filter` reads it first.
    native.mkfifo(join(bundle, 'rootfs/fifo'), 0o600);
    const options = boxed({ spec: specOf({ args: ['sleep', '1000'] }), bundle });
    await withBox(options, async (box) => {
      const victim = await exec(run, box.id, { process: processOf(['self', 'filter', '/fifo', '--', 'true']) });
      const isHelper = (): boolean => /drydock|deleted/.test(readlinkSync(`/proc/${victim.pid}/exe`));
      assert(isHelper(), 'the program is the helper itself');
      assert.deepEqual(await attackIn(box), ['found']);
      process.kill(victim.pid, 'SIGKILL');
      assert.equal(await victim.wait(), 137);
      const next = await exec(run, box.id, { process: processOf(['true']) });
      assert.equal(await next.wait(), 0);
    });
  });

  it('gets no descriptor of ours as its working directory, in run and exec', async () => {
    const numbers = Array.from({ length: 28 }, (_, i) => i + 3).concat([64, 65, 66, 67, 68, 69, 70, 71, 72, 200]);
    const refused = { name: 'DrydockError', code: 'STEP_FAILED' };
    for (const n of numbers)
      for (const cwd of [`/proc/self/fd/${n}`, `/proc/self/fd/${n}/../..`, `/proc/thread-self/fd/${n}/.`])
        await assert.rejects(create(boxed({ spec: specOf({ args: ['true'], cwd }) })), refused, cwd);
    await withBox(boxed({ spec: specOf({ args: ['sleep', '1000'] }) }), async (box) => {
      for (const n of numbers)
        await assert.rejects(exec(run, box.id, { process: processOf(['true'], `/proc/self/fd/${n}`) }), refused);
    });
  });

  it('gets no descriptor of ours through a link of its image', async () => {
    const bundle = makeBundle();
    for (const n of [3, 4, 5, 64, 70, 71, 200]) {
      symlinkSync(`/proc/self/fd/${n}`, join(bundle, `rootfs/way-${n}`));
      const spec = specOf({ args: ['true'], cwd: `/way-${n}` });
      await assert.rejects(create(boxed({ spec, bundle })), { code: 'STEP_FAILED' });
    }
  });

  it('does not get what the helper looked up: a program is no descriptor of ours', async () => {
    for (const program of ['/proc/self/fd/3', '/proc/self/fd/70', '/proc/self/fd/200'])
      await assert.rejects(create(boxed({ spec: specOf({ args: [program] }) })), (error: { code: string }) =>
        ['PROGRAM_NOT_FOUND', 'PROGRAM_NOT_EXECUTABLE'].includes(error.code),
      );
  });

  it('has no descriptor of the helper once its program runs', async () => {
    const options = boxed({ spec: specOf({ args: ['sleep', '1000'] }) });
    const box = await create(options);
    assert(readdirSync(`/proc/${box.pid}/fd`).length > 3, 'it still holds what it needs');
    await start(run, options.id);
    assert.deepEqual(readdirSync(`/proc/${box.pid}/fd`), ['0', '1', '2']);
    await remove(run, options.id, { force: true });
    await box.wait();
  });

  it('sees no descriptor of the host that its starter forgot to close', () => {
    const script = `exec ${process.execPath} --import tsx ${join(__dirname, 'forgetful.ts')} 7</etc/passwd 8</ 9</`;
    const said = execFileSync('sh', ['-c', script], { cwd: projectHome(), encoding: 'utf8' });
    const { ours, theirs } = JSON.parse(said) as Record<'ours' | 'theirs', string[]>;
    assert(
      ['7', '8', '9'].every((fd) => ours.includes(fd)),
      'the starter has them',
    );
    // The shell that lists has the listing itself open.
    assert.deepEqual(theirs.slice(0, 3), ['0', '1', '2']);
    assert(theirs.length <= 4 && !['7', '8', '9'].some((fd) => theirs.includes(fd)), theirs.join(' '));
  });
});
