/**
 * What a person does with a guest of `drydock vm` that is up, boots or is down, with stand-ins for qemu and ssh: going into
 * it, ending it, its snapshots, and how it is told about.
 */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drydock, eventually, freshFolder, type Answer } from './support.ts';
import { ready, ssh, standIn, type StandIn } from './vm-support.ts';

/** Keeps names in a file beside the disk, and says with which of them it was called. */
const img = `for last; do :; done; kept=$DRYDOCK_VM/kept
case $1,$2 in
  create,*) echo made >"$last" ;;
  snapshot,-c) echo "$3" >>"$kept" ;;
  snapshot,-d) sed -i "/^$3\\$/d" "$kept" ;;
  info,*) printf '{"snapshots":[%s]}' "$(sed 's/.*/{"name":"&"}/' "$kept" 2>/dev/null | paste -sd,)" ;;
esac`;

const boots = `until [ -e go ]; do sleep 0.05; done; ${ready}`;
/** Both outputs as one, because the other one is told at the end only. */
const before = ['sh', '-c', 'exec "$@" 2>&1', 'sh'];

describe('a guest of drydock vm', function () {
  this.timeout(60_000);
  let guests: StandIn;
  beforeEach(() => (guests = standIn({ ssh, 'qemu-img': img })));
  afterEach(() => guests.vm(['destroy']));
  const vm: StandIn['vm'] = (...given) => guests.vm(...given);
  const go = (): void => writeFileSync(join(guests.guest, 'go'), '');

  async function up(then?: string): Promise<void> {
    const { code, stderr } = await vm(['up', '--accel', 'none'], then);
    assert.equal(code, 0, stderr);
  }

  /** An `up` that waits for a guest which boots until it may go on. */
  async function booting(): Promise<{ up: Promise<Answer>; pid: number }> {
    let pid = 0;
    const answer = vm(['up', '--accel', 'none'], boots, { started: (started) => (pid = started) });
    await eventually(
      () => existsSync(join(guests.guest, 'state.json')),
      () => 'it has started no qemu',
    );
    return { up: answer, pid };
  }

  it('is waited for by whoever goes into it while another `up` is at work', async () => {
    const first = await booting();
    const said = (text: string): void => (text.includes('booting: waiting for it') ? go() : undefined);
    const { code, stdout } = await vm(['run', 'echo inside'], boots, { before, said });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /the guest 6\.1 is booting: waiting for it\ninside\n$/);
    assert.equal((await first.up).code, 0);
  });

  it('is waited for while its image is made, too', async () => {
    const folder = guests.DRYDOCK_VM;
    // What makes the disk's key comes before the disk, and long before any qemu.
    const keygen = `: >'${folder}/begun'; until [ -e '${folder}/go' ]; do sleep 0.05; done; for last; do :; done; echo key >"$last"; echo key >"$last.pub"`;
    guests = standIn({ ssh, 'qemu-img': img, 'ssh-keygen': keygen });
    const first = vm(['up', '--accel', 'none']);
    await eventually(
      () => existsSync(join(folder, 'begun')),
      () => 'no disk was begun',
    );
    const said = (text: string): void =>
      text.includes('another `drydock vm up` is starting it') ? writeFileSync(join(folder, 'go'), '') : undefined;
    const { code, stdout } = await vm(['run', 'echo inside'], ready, { before, said });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /waiting for that\n(.*\n)?inside\n$/);
    assert.equal((await first).code, 0);
  });

  it('goes down in order, and is down already afterwards', async () => {
    await up();
    const first = await vm(['down']);
    assert.deepEqual([first.code, first.stderr], [0, 'drydock: the guest 6.1 is down\n']);
    const second = await vm(['down']);
    assert.deepEqual([second.code, second.stderr], [0, 'drydock: the guest 6.1 is down already\n']);
  });

  it('is ended at once where it boots still', async () => {
    const first = await booting();
    const { code, stderr } = await vm(['down']);
    assert.deepEqual([code, stderr], [0, 'drydock: the guest 6.1 was booting still, and is down\n']);
    assert.match((await first.up).stderr, /the guest did not come up: qemu ended/);
  });

  /** Runs a line that says its process first; it is sent these signals, one each time that it has said something. */
  async function interrupted(line: string, ...signals: NodeJS.Signals[]): Promise<Answer & { pid: number }> {
    let us = 0;
    let lines = 0;
    const said = (text: string): void => {
      for (const now = text.split('\n').length - 1; lines < now; lines++)
        if (signals[lines]) process.kill(-us, signals[lines]);
    };
    // As Ctrl-C does: to us, and to all that we have started and not taken out of our group.
    const given = { before: ['setsid'], started: (pid: number) => (us = pid), said };
    const answer = await vm(['run', `echo $$; ${line}`], ready, given);
    return { ...answer, pid: parseInt(answer.stdout, 10) };
  }

  const runs = (pid: number): boolean => existsSync(`/proc/${pid}`);
  const files = (): string[] => readdirSync('/run').filter((name) => name.startsWith('drydock-run-'));

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)
    it(`keeps no program that was ended here by ${signal}, without a terminal`, async () => {
      await up();
      const kept = files();
      const answer = await interrupted('exec sleep 1000', signal);
      assert.equal(answer.code, code, answer.stderr);
      assert(!runs(answer.pid));
      assert.deepEqual(files(), kept);
    });

  it('lets a program come to its own end after Ctrl-C, and ends it by force after a second one', async () => {
    await up();
    const own = await interrupted(`trap 'echo tidied; exit 3' INT; while :; do sleep 0.1; done`, 'SIGINT');
    assert.equal(own.code, 3, own.stderr);
    assert.match(own.stdout, /^\d+\ntidied\n$/);
    const stubborn = `trap 'echo no' INT; while :; do sleep 0.1; done`;
    const forced = await interrupted(stubborn, 'SIGINT', 'SIGINT');
    assert.equal(forced.code, 137, forced.stderr);
    await eventually(
      () => !runs(forced.pid),
      () => `${forced.pid} goes on`,
    );
  });

  it('that answers nobody any more is left at a second Ctrl-C', async () => {
    await up();
    // One ssh that goes in and says nothing; one that wants to end that, and gets nowhere.
    const silent = `for last; do :; done; case $last in *'kill -s'*) ;; *) echo in; exec sleep 1000 ;; esac`;
    const { DRYDOCK_VM } = guests;
    let us = 0;
    const said = (): void => (process.kill(us, 'SIGINT'), void setTimeout(() => process.kill(us, 'SIGINT'), 200));
    const env = { DRYDOCK_VM };
    const { code } = await standIn({ ssh: silent }).vm(['run', 'x'], ready, {
      env,
      started: (pid) => (us = pid),
      said,
    });
    assert.equal(code, 137);
  });

  it('is told about: up or down, since which start, with its snapshots and its disk', async () => {
    assert.match((await vm(['status'])).stderr, /there is no guest yet; to make one: \.\/drydock vm up/);
    assert.deepEqual(JSON.parse((await vm(['status', '--json'])).stdout), []);
    await up();
    writeFileSync(join(guests.guest, 'disk.qcow2'), Buffer.alloc(3 << 20, 1));
    const table = (await vm(['status'])).stdout.split('\n').map((line) => line.split(/ {2,}/));
    assert.deepEqual(table[0], ['KERNEL', 'DEBIAN', 'CGROUP', 'STATE', 'PID', 'SSH', 'DISK', 'SNAPSHOTS']);
    const { port } = JSON.parse(readFileSync(join(guests.guest, 'state.json'), 'utf8')) as { port: number };
    const expected = ['6.1', 'bookworm', 'v2', 'up', String(guests.pid()), `127.0.0.1:${port}`, '3 MB', '-'];
    assert.deepEqual(table[1], expected);
    const memory = 2048;
    const always = { kernel: '6.1', debian: 'bookworm', release: '6.1', cgroup: 'v2', folder: guests.guest };
    const json = async (): Promise<object[]> =>
      (JSON.parse((await vm(['status', '--json'])).stdout) as { disk: number }[]).map(({ disk, ...rest }) => {
        assert.equal(disk, 3 << 20);
        return rest;
      });
    const isUp = { ...always, state: 'up', pid: guests.pid(), port, memory, snapshots: [] };
    assert.deepEqual(await json(), [isUp]);
    await vm(['down']);
    await vm(['snapshot', 'one']);
    await vm(['snapshot', 'two']);
    const isDown = { ...always, state: 'down', pid: null, port: null, memory: null, snapshots: ['one', 'two'] };
    assert.deepEqual(await json(), [isDown]);
    assert.match((await vm(['status'])).stdout, / down +- +- +3 MB +one, two\n/);
  });

  it('is told about while it boots', async () => {
    const first = await booting();
    assert.match((await vm(['status'])).stdout, /^6\.1 .* booting +\d+ /m);
    go();
    assert.equal((await first.up).code, 0);
  });

  it('forgets a snapshot, and says of one that it does not have which there are', async () => {
    await up();
    await vm(['down']);
    await vm(['snapshot', 'before']);
    assert.match((await vm(['forget', 'befor'])).stderr, /has no snapshot 'befor'[^]*before/);
    const { code, stderr } = await vm(['forget', 'before']);
    assert.deepEqual([code, stderr], [0, "drydock: the snapshot 'before' is gone\n"]);
    assert.equal((await vm(['snapshot'])).stdout, '');
  });

  for (const [name, why] of [
    ['12', /cannot be called '12': qemu gives numbers of its own\n.*vm snapshot lab-12/],
    ['a b', /cannot be called 'a b': letters, digits/],
    ['before-the-lab', /cannot be called 'before-the-lab': labs have one of that name/],
  ] as const)
    it(`has no snapshot that is called ${name}`, async () => {
      await up();
      const { code, stderr } = await vm(['snapshot', name]);
      assert.equal(code, 125);
      assert.match(stderr, why);
    });

  it('of somebody else’s is not taken for none', async () => {
    const DRYDOCK_VM = freshFolder('vm');
    const guest = join(DRYDOCK_VM, 'guests/6.1');
    mkdirSync(guest, { recursive: true });
    chmodSync(guest, 0o700);
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    for (const words of [['up', '--accel', 'none'], ['run', 'true'], ['down'], ['destroy'], ['snapshot']]) {
      const { code, stderr } = await drydock(['vm', ...words], { env: { DRYDOCK_VM }, before: nobody });
      assert.equal(code, 125);
      assert.match(
        stderr,
        /you may not write in .*guests\/6\.1, where guests are kept\n +hint .*sudo chown -R[^]*DRYDOCK_VM=FOLDER/,
      );
    }
  });
});
