/** What the program finds of its own: identity, signals, descriptors, directory. Nothing of whoever started it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chownSync, copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { O_PATH } from '../../../../src/linux/constants.ts';
import { features } from '../../../../src/linux/features.ts';
import { isSame, parseStatus, readStat } from '../../../../src/linux/procfs.ts';
import { create, start, state } from '../../../../src/runtime/container.ts';
import { exec } from '../../../../src/runtime/exec.ts';
import { remove } from '../../../../src/runtime/remove.ts';
import type { Isolator } from '../../../../src/runtime/isolator.ts';
import { isolators } from '../../../../src/runtime/isolators/index.ts';
import { slot } from '../../../../src/runtime/plan.ts';
import type { Process } from '../../../../src/runtime/spec.ts';
import { shellBelow } from '../../below.ts';
import {
  boxed,
  bundle,
  compiled,
  elsewhere,
  fresh,
  leavesNothing,
  makeBundle,
  output,
  run,
  runBox,
  shell,
  skip,
  specOf,
  until,
  withBox,
  type Result,
} from '../../support.ts';

const statusOf = ({ text }: Result): ReadonlyMap<string, string> => parseStatus(text);

describe('the program of a container', function () {
  leavesNothing();

  it('finds no signal blocked, ignored or caught, whatever its starter had', () => {
    const command = ['env', '--block-signal=USR1', '--ignore-signal=HUP', '--ignore-signal=USR2'];
    // A shell sets handlers of its own; what another program inherits from it is what counts.
    const facts = statusOf(shellBelow(command, 'exec grep Sig /proc/self/status'));
    for (const name of ['SigBlk', 'SigIgn', 'SigCgt']) assert.equal(facts.get(name), '0000000000000000', name);
    const own = execFileSync(command[0]!, [...command.slice(1), 'grep', 'Sig', '/proc/self/status'], {
      encoding: 'utf8',
    });
    assert.notEqual(parseStatus(own).get('SigBlk'), '0000000000000000', 'the starter had');
  });

  it('does not end with its creator any more, and is told so by nothing', async () => {
    const special = makeBundle();
    copyFileSync(compiled('about'), join(special, 'rootfs/bin/about'));
    const { text } = await runBox({ spec: specOf({ args: ['about'] }), bundle: special });
    assert.equal(text, 'pdeathsig 0\n');
    await withBox(boxed({ spec: specOf({ args: ['sleep', '1000'] }), bundle: special }), async (box) => {
      const out = output();
      const process: Process = { args: ['/bin/about'], cwd: '/', user: { uid: 0, gid: 0 } };
      assert.equal(await (await exec(run, box.id, { process, stdio: out.stdio })).wait(), 0);
      assert.equal(out.text(), 'pdeathsig 0\n');
      out.close();
    });

    const id = fresh('orphan');
    await elsewhere('create', run, id, bundle());
    assert.equal(state(run, id).status, 'created', 'its creator has ended, and it waits');
    const { pid } = state(run, id);
    await start(run, id);
    assert.equal(state(run, id).status, 'running');
    const { startTime } = readStat(pid)!;
    await remove(run, id, { force: true });
    assert(!isSame(pid, startTime));
  });

  it('has no inheritable and no ambient capabilities, in run and exec', async () => {
    const line = 'cat /proc/self/status';
    const check = (result: Result): void => {
      const facts = statusOf(result);
      for (const name of ['CapInh', 'CapAmb'])
        if (facts.has(name)) assert.equal(facts.get(name), '0000000000000000', name);
      assert.notEqual(facts.get('CapEff'), '0000000000000000');
    };
    check(await shell(line));
    await withBox(boxed({ spec: specOf({ args: ['sleep', '1000'] }) }), async ({ id }) => {
      const out = output();
      const process: Process = { args: ['sh', '-c', line], cwd: '/', user: { uid: 0, gid: 0 }, env: ['PATH=/bin'] };
      await (await exec(run, id, { process, stdio: out.stdio })).wait();
      check({ code: 0, text: out.text() });
      out.close();
    });
  });

  it('loses all capabilities with another user', async () => {
    const spec = specOf({ args: ['cat', '/proc/self/status'], user: { uid: 1000, gid: 1000 } });
    const facts = statusOf(await runBox({ spec }));
    for (const name of ['CapPrm', 'CapEff', 'CapInh']) assert.equal(facts.get(name), '0000000000000000', name);
  });

  it('has the user, the groups and the umask that the spec names, and none of ours', async () => {
    const user = { uid: 1234, gid: 2345, additionalGids: [1, 65_533], umask: 0o077 };
    const facts = statusOf(await runBox({ spec: specOf({ args: ['cat', '/proc/self/status'], user }) }));
    assert.equal(facts.get('Uid'), Array(4).fill(1234).join('\t'));
    assert.equal(facts.get('Gid'), Array(4).fill(2345).join('\t'));
    assert.equal(facts.get('Groups'), '1 65533');
    assert.equal((await runBox({ spec: specOf({ args: ['sh', '-c', 'umask'], user }) })).text, '0077\n');

    const old = process.umask(0o007);
    try {
      const plain = await shell('umask; cat /proc/self/status');
      assert.match(plain.text, /^0022\n/);
      const open = specOf({ args: ['sh', '-c', 'umask'], user: { uid: 0, gid: 0, umask: 0 } });
      assert.equal((await runBox({ spec: open })).text, '0000\n');
      const below = shellBelow(['setpriv', '--groups=4,24', '--'], 'cat /proc/self/status');
      assert.equal(statusOf(below).get('Groups'), '');
    } finally {
      process.umask(old);
    }
  });

  it('starts in its working directory, which is made when the image lacks it', async () => {
    const special = makeBundle();
    const spec = specOf({ args: ['sh', '-c', 'pwd; ls -ld . | cut -c1-10'], cwd: '/srv/deep/down' });
    const { text } = await runBox({ spec, bundle: special });
    assert.equal(text, '/srv/deep/down\ndrwxr-xr-x\n');
    assert(existsSync(join(special, 'rootfs/srv/deep/down')));
  });

  it('is refused a working directory outside its root also when a descriptor leads there', async () => {
    const leaking: Isolator = {
      name: 'leaking',
      summary: 'has the root of the mount namespace open',
      phase: 'mounts',
      steps(plan) {
        plan.open('/', O_PATH).into('leak');
        plan.dup2(slot('leak'), 9);
      },
    };
    // After a chroot and no more, the root of its mount namespace lies outside of its own.
    const bare: Isolator = {
      name: 'bare',
      summary: 'a chroot that leaves the host where it was',
      phase: 'pivot',
      steps(plan) {
        plan.fchdir(slot('root'));
        plan.chroot('.');
      },
    };
    const stack = [leaking, ...isolators.filter(({ name }) => !['pivot', 'chroot'].includes(name)), bare];
    await withBox(boxed({ spec: specOf({ args: ['sleep', '1000'] }), isolators: stack }), async ({ id }) => {
      const process: Process = { args: ['/bin/pwd'], cwd: '/proc/self/fd/9', user: { uid: 0, gid: 0 } };
      const entered = exec(run, id, { process, isolators: stack });
      await assert.rejects(entered, { code: 'STEP_FAILED', call: 'check_cwd' });
    });
  });

  it('is refused a working directory that lies outside its root', async () => {
    // The descriptor that runc leaked in CVE-2024-21626 is not there to be followed; a link leads nowhere else either.
    for (const cwd of ['/proc/self/fd/7', '/proc/self/fd/8', '/proc/thread-self/fd/64'])
      await assert.rejects(create(boxed({ spec: specOf({ args: ['pwd'], cwd }) })), (error: { code: string }) =>
        ['STEP_FAILED'].includes(error.code),
      );
    const special = makeBundle();
    mkdirSync(join(special, 'rootfs/etc/inside'));
    symlinkSync('/../../../../etc/inside', join(special, 'rootfs/way-out'));
    const { text } = await runBox({ spec: specOf({ args: ['sh', '-c', 'pwd -P'], cwd: '/way-out' }), bundle: special });
    assert.equal(text, '/etc/inside\n');
  });

  it('starts in a directory that only its user may enter, or only root, and in no other', async function () {
    if (!features().userNamespace) skip(this, 'no user namespaces');
    const special = makeBundle();
    const [FIRST, USER] = [100_000, 1000];
    const cases: [name: string, uid: number, gid: number][] = [
      ['roots', FIRST, FIRST],
      // Root of the namespace has no power over a file whose group it does not know.
      ['users', FIRST + USER, 0],
      ['nobodys', 0, 0],
    ];
    for (const [name, uid, gid] of cases) {
      mkdirSync(join(special, 'rootfs', name), { mode: 0o700 });
      chownSync(join(special, 'rootfs', name), uid, gid);
    }
    const pwd = (cwd: string): Promise<Result> => {
      const spec = specOf({ args: ['pwd'], cwd, user: { uid: USER, gid: USER } }, ({ linux }) => {
        linux!.namespaces!.push({ type: 'user' });
        linux!.uidMappings = linux!.gidMappings = [{ containerID: 0, hostID: FIRST, size: 65_536 }];
      });
      return runBox({ spec, bundle: special });
    };
    for (const cwd of ['/roots', '/users']) assert.equal((await pwd(cwd)).text, `${cwd}\n`);
    await assert.rejects(pwd('/nobodys'), { code: 'STEP_FAILED', call: 'chdir_again' });
  });

  it('has a session keyring of its own, with what is executed later', async function () {
    if (!existsSync('/proc/keys')) skip(this, 'no keys in this kernel');
    const special = makeBundle();
    copyFileSync(compiled('keyring'), join(special, 'rootfs/bin/keyring'));
    const ours = execFileSync(compiled('keyring'), { encoding: 'utf8' });
    const out = output();
    const args = ['sh', '-c', 'keyring; exec sleep 1000'];
    // The filter of the default config refuses the question.
    const spec = specOf({ args, user: { uid: 1000, gid: 1000 } }, ({ linux }) => delete linux!.seccomp);
    await withBox(boxed({ spec, bundle: special, stdio: out.stdio }), async ({ id }) => {
      await until('its answer', () => out.text().includes('\n'));
      const process: Process = { args: ['/bin/keyring'], cwd: '/', user: { uid: 0, gid: 0 } };
      assert.equal(await (await exec(run, id, { process, stdio: out.stdio })).wait(), 0);
      const [first, later] = out.text().split('\n');
      assert.equal(first, later);
      assert.match(first!, new RegExp(`;_ses\\.${id}$`));
      assert.notEqual(first!.split(' ')[0], ours.split(' ')[0]);
    });
    out.close();
  });

  it('is looked for in the usual places when its environment names none', async () => {
    const spec = specOf({ args: ['echo', 'found'] }, ({ process: own }) => void (own.env = []));
    assert.equal((await runBox({ spec })).text, 'found\n');
  });

  it('has the environment of the spec and nothing of ours', async () => {
    process.env.DRYDOCK_SECRET = 'ours';
    const { text } = await runBox({ spec: specOf({ args: ['env'], env: ['WIND=north'] }) });
    delete process.env.DRYDOCK_SECRET;
    assert.deepEqual(
      text
        .trim()
        .split('\n')
        .map((line) => line.split('=')[0]),
      ['PATH', 'WIND', 'HOME'],
    );
  });

  it('leads a session of its own', async () => {
    await withBox(boxed({ spec: specOf({ args: ['sleep', '1000'] }) }), ({ pid }) => {
      const { session, group } = readStat(pid)!;
      assert.deepEqual([session, group], [pid, pid]);
    });
  });
});
