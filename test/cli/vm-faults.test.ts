/**
 * `drydock vm up` under faults, with a qemu that says what a guest says and does nothing: what is asked here is what of a
 * guest is left for the next command, not whether a kernel boots.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, freshFolder, type Answer } from './support.ts';
import { ready, standIn, type StandIn } from './vm-support.ts';

describe('the guest of drydock vm, when something happens to it,', function () {
  this.timeout(60_000);
  let guests: StandIn;
  beforeEach(() => (guests = standIn()));
  afterEach(() => guests.vm(['destroy']));
  const vm: StandIn['vm'] = (...given) => guests.vm(...given);
  const up = (then?: string): Promise<Answer> => vm(['up', '--accel', 'none'], then);
  const pid = (): number => guests.pid();

  it('comes up again after its qemu was killed, with the disk that it had', async () => {
    const first = await up();
    assert.equal(first.code, 0, first.stderr);
    const killed = pid();
    process.kill(killed, 'SIGKILL');
    // Its sockets lie in the folder as it left them.
    writeFileSync(join(guests.guest, 'qmp.sock'), '');
    let said = '';
    await eventually(
      async () => /the guest 6\.1 is not up/.test((said = (await vm(['run', 'true'])).stderr)),
      () => said,
    );
    const second = await up();
    assert.equal(second.code, 0, second.stderr);
    assert.notEqual(pid(), killed);
    assert.equal(readFileSync(join(guests.guest, 'disk.qcow2'), 'utf8'), 'made\n');
  });

  it('is not started a second time while it runs: it is up, as was wished', async () => {
    assert.equal((await up()).code, 0);
    const { code, stderr } = await up();
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /the guest 6\.1 is up already, with cgroup v2\n.*up, ssh on port \d+; next: \.\/drydock vm shell/,
    );
    assert.equal(qemus().length, 1);
  });

  for (const [words, is] of [
    [['--cgroup', 'v1'], 'with cgroup v2, not v1'],
    [['--memory', '512'], 'with 2048 MB, not 512'],
    [['--port', '1'], 'on port \\d+, not 1'],
  ] as const)
    it(`is not another one while it runs: ${words.join(' ')}`, async () => {
      assert.equal((await up()).code, 0);
      const { code, stderr } = await vm(['up', '--accel', 'none', ...words]);
      assert.equal(code, 125);
      assert.match(stderr, new RegExp(`the guest 6\\.1 is up already, ${is}\n +hint +first: \\./drydock vm down`));
    });

  /** The processes that are in the guest's folder. */
  function qemus(): string[] {
    const isIn = (pid: string): boolean => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === guests.guest;
      } catch {
        return false; // it has ended
      }
    };
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isIn(name));
  }

  it('is started once by two who start it at the same moment', async () => {
    const answers = await Promise.all([up(), up()]);
    for (const { code, stderr } of answers) assert.equal(code, 0, stderr);
    assert.equal(answers.filter(({ stderr }) => stderr.includes('the guest 6.1 is up already')).length, 1);
    assert.deepEqual(qemus(), [String(pid())]);
  });

  it('is waited for by the next up, when the first was ended while it booted', async () => {
    const boots = `until [ -e go ]; do sleep 0.05; done; ${ready}`;
    let first = 0;
    const ended = vm(['up', '--accel', 'none'], boots, { started: (started) => (first = started) });
    await eventually(
      () => existsSync(join(guests.guest, 'state.json')),
      () => 'it has started no qemu',
    );
    process.kill(first, 'SIGINT');
    assert.equal((await ended).code, 130);
    // Both outputs as one, because the other one is told at the end only.
    const before = ['sh', '-c', 'exec "$@" 2>&1', 'sh'];
    const said = (text: string): void => {
      if (text.includes('booting already')) writeFileSync(join(guests.guest, 'go'), '');
    };
    const second = await vm(['up', '--accel', 'none'], boots, { before, said });
    assert.equal(second.code, 0, second.stdout);
    assert.match(second.stdout, /it is booting already\n.*up.*, ssh on port/);
    assert.equal(qemus().length, 1);
  });

  it('is found where the path of its folder has a link in it', async () => {
    const link = join(freshFolder('elsewhere'), 'vm');
    symlinkSync(guests.DRYDOCK_VM, link);
    const env = { DRYDOCK_VM: link };
    assert.equal((await vm(['up', '--accel', 'none'], ready, { env })).code, 0);
    const { code, stderr } = await vm(['run', 'true'], ready, { env });
    assert.equal(code, 0, stderr);
  });

  it('is named by its kernel in what is to be typed next', async () => {
    const { stderr } = await vm(['up', '--accel', 'none', '--kernel', '6.12']);
    assert.match(stderr, /next: \.\/drydock vm shell --kernel 6\.12$/m);
    assert.match((await vm(['destroy', '--kernel', '6.12'])).stderr, /a new one: \.\/drydock vm up --kernel 6\.12$/m);
  });

  it('says why its qemu ended before it was up, and where all that was said is', async () => {
    const { code, stderr } = await up('echo "Could not set up host forwarding rule" >&2; exit 1');
    assert.equal(code, 125);
    assert.match(
      stderr,
      /did not come up: qemu ended\n.*Could not set up host forwarding rule[^]*console\.log[^]*vm destroy/,
    );
  });

  it('says how to do without KVM when its qemu does not come along with that', async () => {
    const script = `mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 && mknod /dev/kvm c 10 232 && exec "$@"`;
    const before = ['unshare', '-m', 'sh', '-c', script, 'sh'];
    const { code, stderr } = await vm(['up', '--accel', 'kvm'], 'echo "failed to set MSR" >&2; exit 1', { before });
    assert.equal(code, 125);
    assert.match(stderr.replace(/\s+/g, ' '), /failed to set MSR.*if KVM is at fault: \.\/drydock vm up --accel none/);
  });

  it('is gone with its qemu and its disk after destroy, though nobody answers in it', async () => {
    assert.equal((await up()).code, 0);
    const qemuOfGuest = pid();
    const { code, stderr } = await vm(['destroy']);
    assert.equal(code, 0, stderr);
    assert(!existsSync(guests.guest));
    // Not ours to wait for: who has adopted it does, and until then it is a zombie without a folder.
    assert.throws(() => readlinkSync(`/proc/${qemuOfGuest}/cwd`), { code: 'ENOENT' });
    const second = await vm(['destroy']);
    assert.deepEqual([second.code, second.stderr], [0, 'drydock: there is no guest 6.1\n']);
  });
});
