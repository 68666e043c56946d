import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { readStat } from '../../src/linux/procfs.ts';
import {
  drydock,
  endEngine,
  engineFolders,
  engineIn,
  eventually,
  fresh,
  freshFolder,
  leavesNothing,
  output,
  run,
  traces,
} from './support.ts';

interface Answer {
  ok: boolean;
  findings: { group: string; name: string; grade: string; value: string; advice?: string }[];
  repaired: { what: string; error?: string }[];
}

const doctor = async (...words: string[]): Promise<Answer> =>
  JSON.parse(await output(['doctor', '--json', ...words])) as Answer;

describe('doctor', function () {
  this.timeout(60_000);
  leavesNothing();

  it('finds everything here that is required', async () => {
    const { ok, findings } = await doctor();
    assert.equal(ok, true);
    for (const name of ['root', 'drydock-shim', 'cgroups', 'openat2', 'DRYDOCK_RUN'])
      assert(
        findings.some((finding) => finding.name === name),
        name,
      );
  });

  it('tells by its exit code that something is missing', async () => {
    const readOnly = freshFolder('read-only');
    const script = 'mount -t tmpfs -o ro none "$1" && shift && exec "$@"';
    const before = ['unshare', '-m', 'sh', '-c', script, 'sh', readOnly];
    const { code, stdout } = await drydock(['doctor'], { before, env: { DRYDOCK_RUN: join(readOnly, 'run') } });
    assert.equal(code, 1);
    assert.match(stdout, /BAD +DRYDOCK_RUN/);
    assert.match(stdout, /1 to mend/);
  });

  it('says that the project lies on a Windows disk', async () => {
    const { stdout } = await drydock(['doctor'], { env: { DRYDOCK_WORK: '/mnt/c/Users/me/work' } });
    assert.match(stdout, /DRYDOCK_WORK +\/mnt\/c\/Users\/me\/work/);
    assert.match(stdout, /a Windows disk keeps neither owners nor modes/);
  });

  it('leaves a container alone that is running', async () => {
    let answer: Answer | undefined;
    await output(['try', '-i', 'sh', '-c', 'echo up; sleep 1'], {
      said: () => void doctor('--repair').then((told) => (answer = told)),
    });
    await eventually(
      () => answer !== undefined,
      () => 'no answer',
    );
    assert.deepEqual(answer?.repaired, []);
  });

  it('removes what a killed drydock left behind, and says so', async () => {
    const name = fresh('abandoned');
    // Cgroups without a name of ours may be those of others who work on this machine.
    const left = (): string[] => traces().filter((trace) => !trace.includes('/cgroup/') || trace.includes(name));
    const { code } = await drydock(['try', '--name', name, 'sh', '-c', 'echo up; exec sleep 1000'], {
      started: (pid) => (killed = pid),
      said: () => process.kill(killed, 'SIGKILL'),
    });
    assert.equal(code, 137);
    // The supervisor ends the container because its parent is gone.
    await eventually(
      () => !left().some((trace) => trace.startsWith('process')),
      () => left().join('\n'),
    );
    assert(left().length > 0, 'there is something to remove');
    const found = (await doctor()).findings.filter(({ group }) => group === 'leftovers');
    assert.match(found[0]?.value ?? '', /container abandoned-/);
    const { repaired } = await doctor('--repair');
    assert.equal(repaired.length, 1);
    assert.equal(repaired[0]?.error, undefined);
    assert.deepEqual(left(), []);
    assert.deepEqual((await doctor('--repair')).repaired, []);
  });
  let killed = 0;

  /** A container of `try` whose drydock and supervisor were killed: its process goes on. */
  async function orphan(name: string): Promise<number> {
    await drydock(['try', '--name', name, 'sleep', '1000'], {
      started: (pid) => void orphaned(name, pid),
    });
    const { pid } = JSON.parse(await output(['oci', '--root', run, 'state', name])) as { pid: number };
    return pid;
  }

  async function orphaned(name: string, drydockPid: number): Promise<void> {
    const answers = async (): Promise<boolean> =>
      (await drydock(['oci', '--root', run, 'state', name])).stdout.includes('"running"');
    await eventually(answers, () => 'it does not run');
    const supervisor = Number(readFileSync(`/proc/${drydockPid}/task/${drydockPid}/children`, 'utf8'));
    for (const signal of ['SIGSTOP', 'SIGKILL'] as const)
      for (const pid of [drydockPid, supervisor]) process.kill(pid, signal);
  }

  it('leaves a container alone whose engine was killed: the next one takes it over', async () => {
    const env = engineFolders();
    try {
      const id = (await output(['run', '-d', '--network', 'none', 'lab', 'sleep', '1000'], { env })).trim();
      const engine = engineIn(env.DRYDOCK_RUN)!;
      process.kill(engine, 'SIGKILL');
      await eventually(
        () => !existsSync(`/proc/${engine}`),
        () => 'the engine does not die',
      );
      const answer = JSON.parse(await output(['doctor', '--json', '--repair'], { env })) as Answer;
      const found = answer.findings.filter(({ group }) => group === 'leftovers');
      assert.deepEqual([answer.repaired, found[0]?.value], [[], 'none']);
      assert.equal(await output(['ps', '-q', '--no-trunc'], { env }), `${id}\n`);
      await output(['rm', '-f', id], { env });
    } finally {
      await endEngine(env.DRYDOCK_RUN);
    }
  });

  it('finds a container whose drydock was killed also while it runs, and says what --repair does', async () => {
    const pid = await orphan('castaway');
    const found = (await doctor()).findings.filter(({ group }) => group === 'leftovers');
    assert.match(found[0]?.value ?? '', new RegExp(`container castaway .* process ${pid} still runs`));
    assert.match(found[0]?.advice ?? '', /--repair: kills it/);
    assert.equal((await doctor('--repair')).repaired.length, 1);
    assert.notEqual(readStat(pid)?.state, 'S');
  });

  it('leaves what `try` has made to `oci delete` too, with the lab’s files', async () => {
    await orphan('adopted');
    await output(['oci', '--root', run, 'delete', '--force', 'adopted']);
    assert(!traces().some((trace) => trace.includes(join(run, 'lab/'))), traces().join('\n'));
  });

  it('really tries a user namespace', async () => {
    const grade = async (before: string[]): Promise<Answer['findings'][number] | undefined> => {
      const { stdout } = await drydock(['doctor', '--json'], { before });
      return (JSON.parse(stdout) as Answer).findings.find(({ name }) => name === 'userNamespace');
    };
    assert.equal((await grade(['unshare', '-Ur']))?.grade, 'ok');
    const none = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"';
    const found = await grade(['unshare', '-Ur', 'sh', '-c', none, 'sh']);
    assert.equal(found?.grade, 'weak');
    assert.match(found?.value ?? '', /^no \(.*clone.*\)/);
  });

  it('says what to do where no cgroups are mounted, and so does the dock', async () => {
    const script = 'umount -R -l /sys/fs/cgroup; exec "$@"';
    const before = ['unshare', '-m', 'sh', '-c', script, 'sh'];
    const { code, stdout } = await drydock(['doctor'], { before });
    assert.equal(code, 1);
    const dock = await drydock(['demo', '--auto'], { before });
    assert.equal(dock.code, 125);
    for (const said of [stdout, dock.stderr]) assert.match(said, /the dock, which\s+limits[^]*mount -t cgroup2 none/);
  });

  it('removes an old root file system that nobody owns, and no young one', async () => {
    const [old, young] = ['0123456789ab', 'ba9876543210'].map((name) => join(run, 'lab', name)) as [string, string];
    for (const path of [old, young]) mkdirSync(join(path, 'rootfs'), { recursive: true });
    utimesSync(old, 0, 0);
    const { repaired } = await doctor('--repair');
    assert.deepEqual(
      repaired.map(({ what }) => what),
      [`root file system ${old}`],
    );
    assert.deepEqual([existsSync(old), existsSync(young)], [false, true]);
    utimesSync(young, 0, 0);
    await doctor('--repair');
    assert.equal(existsSync(young), false);
  });
});
