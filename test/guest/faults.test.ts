/**
 * A guest of `drydock vm` under faults, with its real qemu and kernel: what goes wrong in it costs a reboot at most, and
 * nothing of this machine. Minutes where there is no KVM; `npm run test:guest` runs it, on demand. See disk.test.ts, too.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readStatus } from '../../src/linux/procfs.ts';
import { cli, drydock, environment, eventually, fresh, home, output } from '../cli/support.ts';
import { aGuest, HOUR, MEMORY } from './support.ts';

/** What qemu has besides the guest's memory: the emulated program, as it has translated it, is the most of it. */
const OF_QEMU = 1536;

describe('a guest', function () {
  this.timeout(HOUR);
  const { env, vm, inside, pid, up } = aGuest();

  /** That the guest takes no more of this machine than it was given. */
  function assertBounded(): void {
    const used = parseInt(readStatus(pid())?.get('VmRSS') ?? '', 10) / 1024;
    assert(used > 0 && used < MEMORY + OF_QEMU, `its qemu has ${used} MB`);
  }

  it('ends what wants more memory than there is, and goes on', async () => {
    await inside('head -c 100G /dev/zero | tail', 137);
    assertBounded();
    assert.equal(await inside('./drydock try echo works'), 'works\n');
  });

  it('whose processes multiply without end leaves this machine alone, and can be ended', async () => {
    let dots = 0;
    const bomb = 'exec 3>&1; bomb() { echo . >&3; bomb | bomb & }; bomb; sleep 100000';
    const ended = vm(['run', bomb], { said: (text) => (dots = text.length) });
    await eventually(
      () => dots > 1000,
      () => `after ${dots} letters`,
      HOUR,
    );
    assert.equal(await output(['try', 'echo', 'works']), 'works\n');
    assertBounded();
    const down = await vm(['down']);
    assert.equal(down.code, 0, down.stderr);
    assert.match(down.stderr, /did not obey for a minute and was ended by force/);
    assert.notEqual((await ended).code, 0);
    await up();
    assert.equal(await inside('echo works'), 'works\n');
  });

  it('keeps no program that was ended here by Ctrl-C, without a terminal', async () => {
    let us = 0;
    const said = (): void => void process.kill(-us, 'SIGINT');
    const given = { before: ['setsid'], started: (started: number) => (us = started), said };
    const { code } = await vm(['run', 'echo begun; exec sleep 4321'], given);
    assert.equal(code, 130);
    await inside(`pgrep -f 'sleep [4]321'`, 1);
  });

  it('comes up where Node lies in the project, which it cannot write: as in the kit', async () => {
    assert.equal((await vm(['down'])).code, 0);
    const folder = join(home, 'build', fresh('node'));
    const node = join(folder, 'node');
    mkdirSync(folder);
    copyFileSync(process.execPath, node);
    try {
      const words = [cli, 'vm', 'up', '--memory', String(MEMORY)];
      const { status, stderr } = spawnSync(node, words, { env: { ...environment, ...env }, encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      assert.equal(await inside(`${node} --version`), `${process.version}\n`);
    } finally {
      await vm(['down']);
      rmSync(folder, { recursive: true });
    }
  });

  it('is as it was after a lab that breaks things, up or down', async () => {
    await inside('touch /before; sync');
    for (const state of [/it boots again/, /the guest is down, as it was/]) {
      const { code, stdout, stderr } = await drydock(['demo', 'pid', '--break-it', '--in-vm'], { env });
      assert.equal(code, 0, stdout + stderr);
      assert.match(stderr, state);
      const isUp = (await vm(['run', 'test -e /before'])).code === 0;
      assert.equal(isUp, state.source.includes('boots'));
      assert.equal(await output(['vm', 'snapshot'], { env }), '');
      if (isUp) assert.equal((await vm(['down'])).code, 0);
    }
  });
});
