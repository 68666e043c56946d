/**
 * `drydock vm up` under faults, with a qemu that says what a guest says and does nothing: what is asked here is what of a
 * guest is left for the next command, not whether a kernel boots.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drydock, eventually, freshFolder, type Answer, type Given } from './support.ts';
import { complete, machineWith, qemu } from './vm-support.ts';

/** Of Debian's root file system an image needs one folder here; of its disk that it was made, and how often. */
const mmdebstrap = `for word; do case $word in *.tar) archive=$word ;; esac; done
mkdir "$archive.d" "$archive.d/sbin" && tar -C "$archive.d" -cf "$archive" . && rm -r "$archive.d"`;
const img = 'for last; do :; done; [ "$1" != create ] || echo made >>"$last"';
const keygen = 'for last; do :; done; echo key >"$last"; echo key >"$last.pub"';
const builders = {
  mmdebstrap,
  'qemu-img': img,
  'ssh-keygen': keygen,
  chroot: ':',
  mke2fs: 'for last; do image=$before before=$last; done; : >"$image"',
};

/** What it does after it was asked for its version. */
const booted = (then: string): string => `if [ "$1" = --version ]; then ${qemu('7.2.0')}; exit; fi; ${then}`;

describe('the guest of drydock vm, when something happens to it,', function () {
  this.timeout(60_000);
  let DRYDOCK_VM = '';
  let guest = '';

  beforeEach(() => {
    DRYDOCK_VM = freshFolder('vm');
    guest = join(DRYDOCK_VM, 'guests/6.1');
    for (const series of ['6.1', '6.12']) {
      const kernel = join(DRYDOCK_VM, 'kernels', series, 'linux-image-test');
      for (const part of ['boot', `lib/modules/${series}/kernel`]) mkdirSync(join(kernel, part), { recursive: true });
      writeFileSync(join(kernel, `boot/vmlinuz-${series}`), '');
    }
  });

  afterEach(() => vm(['destroy']));

  const ready = 'echo "drydock guest: ready" >console.log; exec sleep 1000';

  function vm(words: string[], then = ready, given: Given = {}): Promise<Answer> {
    const bin = machineWith({ ...complete, ...builders, 'qemu-system-x86_64': booted(then) });
    const env = {
      PATH: `${bin}:${process.env.PATH}`,
      DRYDOCK_VM,
      DRYDOCK_VM_MIRROR: 'file:/nowhere',
      DRYDOCK_WORK: freshFolder('work'),
    };
    return drydock(['vm', ...words], { ...given, env });
  }

  const up = (then?: string): Promise<Answer> => vm(['up', '--accel', 'none'], then);
  const pid = (): number => (JSON.parse(readFileSync(join(guest, 'state.json'), 'utf8')) as { pid: number }).pid;

  it('comes up again after its qemu was killed, with the disk that it had', async () => {
    const first = await up();
    assert.equal(first.code, 0, first.stderr);
    const killed = pid();
    process.kill(killed, 'SIGKILL');
    // Its sockets lie in the folder as it left them.
    writeFileSync(join(guest, 'qmp.sock'), '');
    let said = '';
    await eventually(
      async () => /the guest 6\.1 is not up/.test((said = (await vm(['run', 'true'])).stderr)),
      () => said,
    );
    const second = await up();
    assert.equal(second.code, 0, second.stderr);
    assert.notEqual(pid(), killed);
    assert.equal(readFileSync(join(guest, 'disk.qcow2'), 'utf8'), 'made\n');
  });

  it('is not started a second time while it runs', async () => {
    assert.equal((await up()).code, 0);
    const { code, stderr } = await up();
    assert.equal(code, 125);
    assert.match(stderr, /the guest 6\.1 is up already, with cgroup v2[^]*\.\/drydock vm shell/);
  });

  /** The processes that are in the guest's folder. */
  function qemus(): string[] {
    const isIn = (pid: string): boolean => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === guest;
      } catch {
        return false; // it has ended
      }
    };
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isIn(name));
  }

  it('is started once by two who start it at the same moment', async () => {
    const answers = await Promise.all([up(), up()]);
    const [first, second] = answers.sort((one, other) => one.code - other.code);
    assert.equal(first.code, 0, first.stderr);
    assert.equal(second.code, 125);
    assert.match(second.stderr, /the guest 6\.1 is up already/);
    assert.deepEqual(qemus(), [String(pid())]);
  });

  it('is waited for by the next up, when the first was ended while it booted', async () => {
    const boots = `until [ -e go ]; do sleep 0.05; done; ${ready}`;
    let first = 0;
    const ended = vm(['up', '--accel', 'none'], boots, { started: (started) => (first = started) });
    await eventually(
      () => existsSync(join(guest, 'state.json')),
      () => 'it has started no qemu',
    );
    process.kill(first, 'SIGINT');
    assert.equal((await ended).code, 130);
    // Both outputs as one, because the other one is told at the end only.
    const before = ['sh', '-c', 'exec "$@" 2>&1', 'sh'];
    const said = (text: string): void => {
      if (text.includes('booting already')) writeFileSync(join(guest, 'go'), '');
    };
    const second = await vm(['up', '--accel', 'none'], boots, { before, said });
    assert.equal(second.code, 0, second.stdout);
    assert.match(second.stdout, /it is booting already[^]*up after/);
    assert.equal(qemus().length, 1);
  });

  it('is found where the path of its folder has a link in it', async () => {
    const link = join(freshFolder('elsewhere'), 'vm');
    symlinkSync(DRYDOCK_VM, link);
    DRYDOCK_VM = link;
    assert.equal((await up()).code, 0);
    const { code, stderr } = await vm(['run', 'true']);
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

  it('is gone with its qemu and its disk after destroy, though nobody answers in it', async () => {
    assert.equal((await up()).code, 0);
    const qemuOfGuest = pid();
    const { code, stderr } = await vm(['destroy']);
    assert.equal(code, 0, stderr);
    assert(!existsSync(guest));
    // Not ours to wait for: who has adopted it does, and until then it is a zombie without a folder.
    assert.throws(() => readlinkSync(`/proc/${qemuOfGuest}/cwd`), { code: 'ENOENT' });
    assert.match((await vm(['destroy'])).stderr, /there is no guest 6\.1/);
  });
});
