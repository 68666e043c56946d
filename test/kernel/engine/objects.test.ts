import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitContainer } from '../../../src/engine/commit.ts';
import { diskUsage } from '../../../src/engine/df.ts';
import { pruneImages, removeImage } from '../../../src/engine/images.ts';
import { createContainer, startContainer, stopContainer } from '../../../src/engine/index.ts';
import { engineInfo } from '../../../src/engine/info.ts';
import { pruneBuilds } from '../../../src/engine/build-prune.ts';
import { pruneContainers } from '../../../src/engine/prune.ts';
import { containerStats } from '../../../src/engine/stats.ts';
import { topContainer } from '../../../src/engine/top.ts';
import { updateContainer } from '../../../src/engine/update.ts';
import { engineVersion } from '../../../src/engine/version.ts';
import { inspectImage } from '../../../src/images/inspect.ts';
import { tagImage } from '../../../src/images/tag.ts';
import { directoriesOf } from '../../../src/runtime/isolators/cgroups.ts';
import { pidsOfContainer } from '../../../src/runtime/stats.ts';
import { readClaims, stateDir } from '../../../src/runtime/state.ts';
import { boxes } from './boxes.ts';
import { ran, sh } from './support.ts';

describe('stats', () => {
  const lab = boxes();

  it('say what a container has used, and before that, of the machine', async () => {
    const name = await lab.run('box', 'while :; do :; done');
    for await (const { cpu_stats, precpu_stats, memory_stats, pids_stats, ...rest } of containerStats(
      lab.engine,
      name,
    )) {
      const used = cpu_stats.cpu_usage.total_usage - precpu_stats.cpu_usage.total_usage;
      const all = cpu_stats.system_cpu_usage! - precpu_stats.system_cpu_usage!;
      assert(used > 0 && used <= all, `${used} of ${all} ns`);
      assert(memory_stats.usage! > 0 && memory_stats.limit! > memory_stats.usage!);
      assert.equal(pids_stats.current, 1);
      assert.equal(rest.name, '/box');
      assert(Date.parse(rest.read) > Date.parse(rest.preread));
    }
  });

  it('come again and again until the container is removed', async () => {
    const name = await lab.run('box', 'sleep 1000');
    const stream = containerStats(lab.engine, name, { stream: true });
    const [first, second] = [(await stream.next()).value!, (await stream.next()).value!];
    assert.equal(second.preread, first.read);
    await stream.return(undefined);
  });

  it('are nothing for one that does not run, and throw at the call for one that is not there', async () => {
    const { value } = await containerStats(lab.engine, await lab.make('box', 'true')).next();
    assert.deepEqual([value!.memory_stats, value!.pids_stats, value!.cpu_stats.cpu_usage.total_usage], [{}, {}, 0]);
    assert.throws(() => containerStats(lab.engine, 'nobody'), { code: 'NO_SUCH_CONTAINER' });
  });
});

describe('top', () => {
  const lab = boxes();

  it('shows the processes of the container and no others, in the columns that ps was asked for', async () => {
    const name = await lab.run('box', 'sleep 1000 & touch /ready; wait');
    await lab.ready(name);
    const { Titles, Processes } = await topContainer(lab.engine, name);
    assert.deepEqual(Titles, ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD']);
    const inside = pidsOfContainer(lab.engine.run, lab.engine.containers.find(name).id).map(String);
    assert.deepEqual(
      Processes.map(([, pid]) => pid),
      inside,
    );
    assert.equal(inside.length, 2);
    const { Titles: asked, Processes: rows } = await topContainer(lab.engine, name, '-e -o pid,args');
    assert.deepEqual(asked, ['PID', 'COMMAND']);
    assert.match(rows[0]![1]!, /^sh -c sleep 1000/);
  });

  it('refuses what ps does not take, and columns without a PID', async () => {
    const name = await lab.run('box', 'sleep 1000');
    await assert.rejects(topContainer(lab.engine, name, '-eo cmd'), {
      code: 'API_INVALID',
      message: "Couldn't find PID field in ps output",
    });
    await assert.rejects(topContainer(lab.engine, name, '--foo'), { code: 'API_INVALID', message: /^ps: error: / });
    const { id } = lab.engine.containers.find(await lab.make('stopped', 'true'));
    await assert.rejects(topContainer(lab.engine, 'stopped'), {
      code: 'CONFLICT',
      message: `Container ${id} is not running`,
    });
  });
});

describe('update', () => {
  const lab = boxes();
  const limitOf = (name: string, ...files: string[]): string => {
    const { id } = lab.engine.containers.find(name);
    const directories = directoriesOf(readClaims(stateDir(lab.engine.run, id))?.claims.cgroups);
    const found = directories.flatMap((directory) => files.map((file) => join(directory, file))).find(existsSync);
    return readFileSync(found!, 'utf8').trim();
  };

  it('changes the limits of a container that runs, and leaves what was not named', async () => {
    const name = await lab.run('box', 'sleep 1000', { Memory: 64 << 20, PidsLimit: 50 });
    await updateContainer(lab.engine, name, { Memory: 32 << 20, CpuShares: 0, Devices: [] });
    assert.equal(limitOf(name, 'memory.limit_in_bytes', 'memory.max'), String(32 << 20));
    assert.equal(limitOf(name, 'pids.max'), '50');
    const { HostConfig } = lab.engine.containers.find(name).record;
    assert.deepEqual([HostConfig.Memory, HostConfig.PidsLimit], [32 << 20, 50]);
  });

  it('changes a container that does not run for its next start', async () => {
    const name = await lab.make('box', 'sleep 1000');
    await updateContainer(lab.engine, name, {
      PidsLimit: 20,
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
    });
    await startContainer(lab.engine, name);
    assert.equal(limitOf(name, 'pids.max'), '20');
    assert.equal(lab.engine.containers.find(name).record.HostConfig.RestartPolicy!.MaximumRetryCount, 3);
  });

  it('refuses what cannot be, in Docker’s words, and changes nothing then', async () => {
    const name = await lab.make('box', 'true', { Memory: 16 << 20, MemorySwap: 16 << 20 });
    const { id, record } = lab.engine.containers.find(name);
    const before = structuredClone(record.HostConfig);
    const refused = (request: Parameters<typeof updateContainer>[2], message: string): Promise<void> =>
      assert.rejects(updateContainer(lab.engine, name, request), { message });
    await refused({ Memory: 1 }, 'Minimum memory limit allowed is 6MB');
    await refused({ RestartPolicy: { Name: 'foo' } }, "invalid restart policy 'foo'");
    await refused(
      { Memory: 20 << 20 },
      `Cannot update container ${id}: Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time`,
    );
    assert.deepEqual(record.HostConfig, before);
  });
});

describe('commit', () => {
  const lab = boxes();

  it('makes an image of what a container has written, which starts as the container did or as was said', async () => {
    const name = await lab.run('box', 'echo hi >/new; touch /ready; sleep 1000');
    await lab.ready(name);
    const { Id } = await commitContainer(lab.engine, name, {
      ...{ repo: 'docker.io/library/mine', tag: '1', comment: 'why', author: 'me' },
      changes: ['ENV A=b'],
      config: { Cmd: ['cat', '/new'] },
    });
    assert(
      lab.engine.containers.find(name).record.State.Running && !lab.engine.containers.find(name).record.State.Paused,
    );
    const image = (await inspectImage(lab.engine.store, 'mine:1')) as Record<'Id' | 'Author', string> & {
      Config: Record<string, unknown>;
    };
    assert.deepEqual([image.Id, image.Author], [Id, 'me']);
    assert.equal(image.Config.Hostname, '', 'nothing of this container’s own');
    const { out } = await ran(lab.engine, { Image: 'mine:1', HostConfig: { NetworkMode: 'none' } });
    assert.equal(out, 'hi\n');
    await assert.rejects(commitContainer(lab.engine, name, { changes: ['FOO bar'] }), { code: 'BAD_USAGE' });
    await assert.rejects(commitContainer(lab.engine, name, { repo: 'X' }), { code: 'REFERENCE_INVALID' });
  });
});

describe('images that containers were made of', () => {
  const lab = boxes();
  const short = (): Promise<string> => inspectImage(lab.engine.store, 'lab').then(({ Id }) => String(Id).slice(7, 19));

  it('are not removed, and by force only when the container does not run', async () => {
    const { Id } = await inspectImage(lab.engine.store, 'lab');
    const id = lab.engine.containers.find(await lab.run('box', 'sleep 1000')).id.slice(0, 12);
    const runs = `conflict: unable to delete ${await short()} (cannot be forced) - image is being used by running container ${id}`;
    const refused = (text: string, force: boolean, message: string): Promise<void> =>
      assert.rejects(removeImage(lab.engine, text, { force }), { code: 'IMAGE_IN_USE', message });
    await refused(String(Id), false, runs);
    await refused(String(Id), true, runs);
    await stopContainer(lab.engine, 'box', { timeout: 0 });
    const uses = `container ${id} is using its referenced image ${await short()}`;
    await refused('lab', false, `conflict: unable to remove repository reference "lab" (must force) - ${uses}`);
    await refused(
      String(Id),
      false,
      `conflict: unable to delete ${await short()} (must be forced) - image is being used by stopped container ${id}`,
    );
    assert.deepEqual((await pruneImages(lab.engine, { dangling: ['false'] })).ImagesDeleted, []);
  });

  it('leave a container that has ended its files when they go by force', async () => {
    const { Id } = await commitContainer(lab.engine, await lab.make('first', 'true'), { repo: 'mine' });
    const request = sh('cat /etc/passwd');
    await createContainer(lab.engine, { ...request, Image: 'mine' }, 'box');
    const removed = await removeImage(lab.engine, 'mine', { force: true });
    assert(removed.some((one) => 'Deleted' in one && one.Deleted === Id));
    await startContainer(lab.engine, 'box');
    await lab.ended('box');
    assert.equal(lab.engine.containers.find('box').record.State.ExitCode, 0);
  });
});

describe('prune and df', () => {
  const lab = boxes();

  it('take away what does not run, and nothing else', async () => {
    await lab.run('running', 'sleep 1000');
    await lab.make('kept', 'true', {}, { Labels: { keep: 'yes' } });
    const { id } = lab.engine.containers.find(await lab.make('gone', 'true'));
    assert.deepEqual((await pruneContainers(lab.engine, { 'label!': ['keep'] })).ContainersDeleted, [id]);
    await assert.rejects(pruneContainers(lab.engine, { foo: ['x'] }), {
      code: 'API_INVALID',
      message: "Invalid filter 'foo'",
    });
    for (const until of ['12345', '2015-03-02', '1h30m'])
      assert.equal((await pruneContainers(lab.engine, { until: [until] })).ContainersDeleted, null, until);
    assert.equal((await pruneContainers(lab.engine)).ContainersDeleted!.length, 1);
    const wrong = { code: 'BAD_USAGE', message: 'failed to parse value as time or duration: "soon"' };
    for (const prune of [pruneContainers, pruneImages, pruneBuilds])
      await assert.rejects(prune(lab.engine, { until: ['soon'] }), wrong, prune.name);
    assert.equal((await pruneContainers(lab.engine)).ContainersDeleted, null);
    assert.deepEqual(
      lab.engine.containers.all().map(({ record }) => record.Name),
      ['running'],
    );
  });

  it('count what lies on the disk, and who has it', async () => {
    await tagImage(lab.engine.store, 'lab', 'same');
    await ran(lab.engine, sh('echo 12345 >/vol/file; echo hi >/new', { Binds: ['data:/vol'] }), 'box');
    const { Images, Containers, Volumes, LayersSize } = await diskUsage(lab.engine);
    assert.equal(Images.length, 1);
    assert.deepEqual([Images[0]!.Containers, Images[0]!.SharedSize, Images[0]!.Size], [1, 0, LayersSize]);
    assert(Containers[0]!.SizeRw! > 0 && Containers[0]!.SizeRootFs! > LayersSize);
    const [volume] = Volumes;
    assert.deepEqual([volume!.Name, volume!.UsageData], ['data', { RefCount: 1, Size: 6 }]);
  });
});

describe('info and version', () => {
  const lab = boxes();

  it('tell of the engine and its machine what docker’s command line prints', async () => {
    await lab.run('one', 'sleep 1000');
    await lab.make('two', 'true');
    const info = await engineInfo(lab.engine);
    assert.deepEqual(
      [info.Containers, info.ContainersRunning, info.ContainersStopped, info.Images, info.Driver],
      [2, 1, 1, 1, lab.engine.store.snapshots.driver],
    );
    const rows = Object.fromEntries(info.DriverStatus as [string, string][]);
    assert.deepEqual(Object.keys(rows), ['Root Dir', 'Backing Filesystem', 'Dirs']);
    assert.match(String(info.ID), /^([A-Z2-7]{4}:){11}[A-Z2-7]{4}$/);
    assert.equal((await engineInfo(lab.engine)).ID, info.ID, 'the same each time');
    assert.equal(info.KernelVersion, readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim());
  });

  it('warn of no limit that this machine has', async () => {
    const enabled = readFileSync('/proc/cgroups', 'utf8')
      .split('\n')
      .map((line) => line.split('\t'))
      .filter(([, , , isOn]) => isOn === '1')
      .map(([name]) => name);
    const { MemoryLimit, CPUShares, CPUSet, PidsLimit, Warnings } = await engineInfo(lab.engine);
    assert.deepEqual(
      { MemoryLimit, CPUShares, CPUSet, PidsLimit },
      {
        MemoryLimit: enabled.includes('memory'),
        CPUShares: enabled.includes('cpu'),
        CPUSet: enabled.includes('cpuset'),
        PidsLimit: enabled.includes('pids'),
      },
    );
    assert.equal(((Warnings ?? []) as string[]).includes('WARNING: No cpuset support'), !enabled.includes('cpuset'));
  });

  it('name the API’s versions and our own', () => {
    const { Version, ApiVersion, Components } = engineVersion({ ApiVersion: '1.41', MinAPIVersion: '1.24' });
    assert.equal(ApiVersion, '1.41');
    assert.deepEqual([Components[0]!.Name, Components[0]!.Version], ['Engine', Version]);
  });
});
