/**
 * What is measured: each case does one whole thing and leaves nothing.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { labRoot } from '../../src/lab/lab.ts';
import { cgroupLayout, features } from '../../src/linux/features.ts';
import { readMountinfo } from '../../src/linux/mountinfo.ts';
import { native, projectHome } from '../../src/linux/native.ts';
import { create, start } from '../../src/runtime/container.ts';
import { defaultSpec } from '../../src/runtime/default-spec.ts';
import { exec } from '../../src/runtime/exec.ts';
import { remove } from '../../src/runtime/remove.ts';
import type { Spec } from '../../src/runtime/spec.ts';
import { waitFor } from '../../src/runtime/wait.ts';
import type { Case } from './measure.ts';

export interface Bench {
  folder: string;
  run: string;
  spec: Spec;
  root: string;
  /** Peers that this machine lacks. */
  missing: string[];
  /** A container that sleeps, for exec: ours and runc's. */
  sleeping: { drydock: string; runc?: string };
  /** A process whose mounts lack the empty v2 hierarchy, which crun refuses beside v1; absent where it is not needed. */
  withoutV2?: ChildProcess;
  end(): Promise<void>;
}

let counter = 0;
const nextId = (): string => `bench-${process.pid}-${counter++}`;

function find(program: string): string | undefined {
  return ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].map((dir) => join(dir, program)).find(existsSync);
}

/** Runs a program to its end, by the same way as our own shim is started: no fork of this Node is measured. */
async function run(exec: string, args: readonly string[], env: readonly string[] = []): Promise<void> {
  const pid = native.spawn({
    exec,
    argv: [exec, ...args],
    env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', ...env],
    fds: [[2, 2]],
  });
  const code = await waitFor(pid);
  if (code !== 0) throw new Error(`${exec} ${args.join(' ')}: exit code ${code}`);
}

/** The bundle of the peers: runc's own config with our process, root, namespaces, mounts and masks. */
function peerBundle(folder: string, spec: Spec): void {
  mkdirSync(folder);
  execFileSync(find('runc')!, ['spec', '--bundle', folder]);
  const config = JSON.parse(execFileSync('cat', [join(folder, 'config.json')], { encoding: 'utf8' }));
  config.process = { ...config.process, ...spec.process, terminal: false, rlimits: undefined };
  config.root = { path: spec.root.path, readonly: false };
  config.mounts = spec.mounts;
  const { namespaces, maskedPaths, readonlyPaths } = spec.linux ?? {};
  config.linux = { namespaces, maskedPaths, readonlyPaths };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
}

/** Prepares folders, bundles and the containers to exec into. */
export async function prepare(folder: string): Promise<Bench> {
  const root = await labRoot(join(folder, 'root'));
  const spec = defaultSpec({ args: ['true'], root, hostname: 'bench' }, features());
  const sleeper = { ...spec, process: { ...spec.process, args: ['sleep', '100000'] } };
  const runFolder = join(folder, 'run');
  const ours = nextId();
  await create({ id: ours, spec: sleeper, bundle: folder, run: runFolder, stdio: [0, 1, 2] });
  await start(runFolder, ours);
  const bench: Bench = {
    folder,
    run: runFolder,
    spec,
    root,
    missing: ['runc', 'crun', 'unshare'].filter((peer) => !find(peer)),
    sleeping: { drydock: ours },
    withoutV2: await hideV2(),
    async end() {
      bench.withoutV2?.stdin?.end();
      await remove(runFolder, ours, { force: true });
      if (bench.sleeping.runc) await runc(bench, 'delete', '--force', bench.sleeping.runc);
    },
  };
  if (find('runc')) {
    peerBundle(join(folder, 'peer'), spec);
    peerBundle(join(folder, 'sleeper'), sleeper);
    bench.sleeping.runc = nextId();
    await runc(bench, 'run', '--detach', '--bundle', join(folder, 'sleeper'), bench.sleeping.runc);
  }
  return bench;
}

/** Holds a mount namespace in which the v2 hierarchy of a hybrid machine is not mounted. */
async function hideV2(): Promise<ChildProcess | undefined> {
  const v2 = readMountinfo().find(({ type }) => type === 'cgroup2');
  if (cgroupLayout() !== 'hybrid' || !v2 || !find('unshare')) return undefined;
  const holder = spawn('unshare', ['-m', 'sh', '-c', `umount ${v2.mountPoint} && echo ready && exec cat`]);
  await once(holder.stdout, 'data');
  return holder;
}

function crun({ folder, withoutV2 }: Bench, ...args: string[]): Promise<void> {
  const command = [find('crun')!, `--root=${join(folder, 'crun')}`, ...args];
  if (!withoutV2) return run(command[0]!, command.slice(1));
  return run(find('nsenter')!, [`--mount=/proc/${withoutV2.pid}/ns/mnt`, ...command]);
}

const runc = ({ folder }: Bench, ...args: string[]): Promise<void> =>
  run(find('runc')!, ['--root', join(folder, 'runc'), ...args]);

async function warm({ run: runFolder, spec, folder }: Bench): Promise<void> {
  const id = nextId();
  const container = await create({ id, spec, bundle: folder, run: runFolder, stdio: [0, 1, 2] });
  await start(runFolder, id);
  const code = await container.wait();
  if (code !== 0) throw new Error(`exit code ${code}`);
  await remove(runFolder, id);
}

async function warmExec({ run: runFolder, spec, sleeping }: Bench): Promise<void> {
  const container = await exec(runFolder, sleeping.drydock, {
    process: { ...spec.process, args: ['true'] },
    stdio: [0, 1, 2],
  });
  await container.wait();
}

/** A life as podman and containerd live it: a process for each verb. */
async function threeCalls(call: (...words: string[]) => Promise<void>, bundle: string): Promise<void> {
  const id = nextId();
  await call('create', '--bundle', bundle, id);
  await call('start', id);
  await call('delete', '--force', id);
}

/** All cases that this machine can run, in the order of one round. */
export function cases(bench: Bench): Case[] {
  const { folder, missing, root, sleeping } = bench;
  const has = (peer: string): boolean => !missing.includes(peer);
  const cli = join(projectHome(), 'dist/drydock.cjs');
  const env = [
    `DRYDOCK_ROOT=${join(folder, 'root')}`,
    `DRYDOCK_RUN=${join(folder, 'try')}`,
    `DRYDOCK_HOME=${projectHome()}`,
  ];
  const all: (Case | false)[] = [
    { name: 'drydock, from a warm Node', against: 'runc run', run: () => warm(bench) },
    has('runc') && {
      name: 'runc run',
      run: () => runc(bench, 'run', '--bundle', join(folder, 'peer'), nextId()),
    },
    has('crun') &&
      has('runc') && {
        name: bench.withoutV2 ? 'crun run, through nsenter' : 'crun run',
        against: 'runc run',
        run: () => crun(bench, 'run', `--bundle=${join(folder, 'peer')}`, nextId()),
      },
    has('unshare') && {
      name: 'unshare, six namespaces and /proc',
      against: 'runc run',
      run: () => run(find('unshare')!, ['-fpuimnC', '--mount-proc', '-R', root, '/bin/true']),
    },
    { name: 'drydock exec, from a warm Node', against: 'runc exec', run: () => warmExec(bench) },
    has('runc') && { name: 'runc exec', run: () => runc(bench, 'exec', sleeping.runc!, 'true') },
    existsSync(cli) && {
      name: 'drydock oci create, start, delete',
      against: 'runc create, start, delete',
      run: () => threeCalls((...words) => run(process.execPath, [cli, 'oci', ...words], env), join(folder, 'peer')),
    },
    has('runc') && {
      name: 'runc create, start, delete',
      run: () => threeCalls((...words) => runc(bench, ...words), join(folder, 'peer')),
    },
    { name: 'node -e 0', run: () => run(process.execPath, ['-e', '0']) },
    existsSync(cli) && {
      name: 'drydock try true, whole command',
      against: 'node -e 0',
      run: () => run(process.execPath, [cli, 'try', 'true'], env),
    },
  ];
  return all.filter((one) => one !== false);
}
