/**
 * A guest of `drydock vm` under faults, with its real qemu and kernel: what goes wrong in it costs a reboot at most, and
 * nothing of this machine. Minutes where there is no KVM; `npm run test:guest` runs it, on demand.
 *
 * Kernels and images are those of build/vm, or of DRYDOCK_VM, and are built there if need be. The guest is one of its own.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { readStatus } from '../../src/linux/procfs.ts';
import { vmFolder } from '../../src/vm/folder.ts';
import { cli, drydock, environment, eventually, fresh, freshFolder, home, output } from '../cli/support.ts';
import type { Answer, Given } from '../cli/support.ts';

/** In megabytes. Little, so that it is soon full. */
const MEMORY = 1024;
/** What qemu has besides the guest's memory: the emulated program, as it has translated it, is the most of it. */
const OF_QEMU = 1536;
const HOUR = 3_600_000;

describe('a guest', function () {
  this.timeout(HOUR);
  const DRYDOCK_VM = freshFolder('vm');
  const env = { DRYDOCK_VM, DRYDOCK_WORK: freshFolder('work') };
  const vm = (words: readonly string[], given: Given = {}): Promise<Answer> =>
    drydock(['vm', ...words], { env, ...given });
  const inside = (line: string, code = 0): Promise<string> => output(['vm', 'run', line], { env, code });
  const pid = (): number =>
    (JSON.parse(readFileSync(join(DRYDOCK_VM, 'guests/6.1/state.json'), 'utf8')) as { pid: number }).pid;

  async function up(): Promise<void> {
    const { code, stderr } = await vm(['up', '--memory', String(MEMORY)]);
    assert(code === 0 || stderr.includes('is up already'), stderr);
  }

  /** That the guest takes no more of this machine than it was given. */
  function assertBounded(): void {
    const used = parseInt(readStatus(pid())?.get('VmRSS') ?? '', 10) / 1024;
    assert(used > 0 && used < MEMORY + OF_QEMU, `its qemu has ${used} MB`);
  }

  before('what has been built is used', () => {
    for (const part of ['apt', 'kernels', 'images']) {
      mkdirSync(join(vmFolder(), part), { recursive: true });
      symlinkSync(join(vmFolder(), part), join(DRYDOCK_VM, part));
    }
  });
  beforeEach('start it', up);
  after('remove it', () => vm(['destroy']));

  it('with a full disk says which call has failed and why, and works when there is room again', async () => {
    // Space is taken, nothing is written: the file of the disk stays small. Root has the last blocks, too.
    const fill =
      'n=0; for size in 1G 100M 1M 4K; do while fallocate -l $size /full.$((n += 1)); do :; done; done; true';
    await inside(`{ ${fill}; } 2>/dev/null`);
    const { code, stderr } = await vm(['run', './drydock', 'try', 'true']);
    assert.equal(code, 125, stderr);
    assert.match(stderr, /ENOSPC|[Nn]o space left on device/);
    await inside('rm /full.*');
    assert.equal(await inside('./drydock try echo works'), 'works\n');
  });

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
    assert.equal((await vm(['down'])).code, 0);
    assert.notEqual((await ended).code, 0);
    await up();
    assert.equal(await inside('echo works'), 'works\n');
  });

  it('whose qemu is killed in the middle of a write has all that was safe before, and works', async () => {
    let told = '';
    const write = 'dd if=/dev/urandom of=/kept.$n bs=64k count=4 conv=fsync status=none && sha1sum /kept.$n';
    const ended = vm(['run', `n=0; while n=$((n + 1)); do ${write}; done`], { said: (text) => (told = text) });
    await eventually(
      () => told.split('\n').length > 5,
      () => `it has written ${told}`,
      HOUR,
    );
    process.kill(pid(), 'SIGKILL');
    assert.notEqual((await ended).code, 0);
    await up();
    const found = await inside('sha1sum /kept.*');
    for (const line of told.split('\n').slice(0, -1)) assert(found.includes(`${line}\n`), `${line}\n\n${found}`);
    assert.match(await inside('dmesg'), /recovery complete/);
    assert.equal(await inside('./drydock try echo works'), 'works\n');
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
