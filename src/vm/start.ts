/**
 * How a guest comes up: what it needs is looked for and built, qemu is started, and its first script waited for.
 *
 * Invariant: one `up` at a time, by a lock on the guest's folder, which the kernel takes back from whoever dies: state.json
 * is always about the qemu that runs. qemu itself locks the disk, so that two never write to it.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DrydockError } from '../errors.ts';
import { tryLock, type Lock } from '../linux/lock.ts';
import { projectHome } from '../linux/native.ts';
import { output } from './command.ts';
import type { Series } from './debian.ts';
import { cgroupWords, isAccelerated, machineWords, needEmulator, QEMU, share } from './emulator.ts';
import { stop } from './end.ts';
import { needOurs } from './folder.ts';
import { guestFolder, isReady, keyOf, needRunning, option, running, said, usual } from './guest.ts';
import type { State, Wish } from './guest.ts';
import { builders, hasImage, image } from './image.ts';
import { makeInitramfs } from './initramfs.ts';
import { kernel, type Kernel } from './kernel.ts';
import { needFreePort, freePort } from './port.ts';
import { shared, type Shared } from './shared.ts';

/** How long a guest may take to come up; on an emulated processor, of a machine that has other things to do. */
const BOOT_SECONDS = { real: 240, emulated: 1200 };

type Say = (line: string) => void;

/** Starts the guest, with a disk of its own the first time, and waits until it can be entered. */
export async function up(series: Series, wish: Wish, say: Say): Promise<State> {
  const folder = guestFolder(series);
  // What is missing is told before anything is made.
  if (!running(series)) needEmulator('qemu-img', 'ssh', 'ssh-keygen', ...(hasImage(series) ? [] : builders()));
  const accelerated = isAccelerated(wish.acceleration);
  needOurs(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = await alone(folder, say);
  try {
    return await upAlone(series, wish, accelerated, say);
  } finally {
    lock?.release();
  }
}

/** The guest's qemu, once it can be entered: an `up` that is at work is waited for. Throws VM_STATE, VM_FAILED. */
export async function needReady(series: Series, say: Say): Promise<State> {
  const folder = guestFolder(series);
  if (!running(series) && existsSync(folder)) {
    needOurs(folder);
    (await alone(folder, say))?.release();
  }
  const state = needRunning(series);
  if (isReady(series)) return state;
  say(`the guest ${series} is booting: waiting for it`);
  await booting(series, isAccelerated(state.acceleration));
  return state;
}

/** The folder's lock. Whoever has it builds an image, or boots: that takes as long as it takes, and we say what we wait for. */
async function alone(folder: string, say: Say): Promise<Lock | undefined> {
  for (let isTold = false; ; isTold = true) {
    const lock = tryLock(folder);
    if (lock !== 'held') return lock;
    if (!isTold) say('another `drydock vm up` is starting it: waiting for that');
    await sleep(100);
  }
}

async function upAlone(series: Series, wish: Wish, accelerated: boolean, say: Say): Promise<State> {
  const already = running(series);
  if (already) return alreadyUp(series, already, wish, say);
  const port = wish.port === 0 ? await freePort() : await needFreePort(wish.port);
  const shares = shared();
  const booted = kernel(series, say);
  const folder = guestFolder(series);
  makeDisk(folder, image(booted, say));
  const initramfs = makeFirstMoment(folder, booted);
  tell(folder, shares);
  say(accelerated ? 'booting' : 'booting by software emulation (no KVM: everything takes about ten times as long)');
  const commandLine = cgroupWords(wish.cgroup);
  const machine = { accelerated, kernel: booted.image, initramfs, commandLine, memory: wish.memory };
  const pid = start(folder, [...machineWords(machine), ...devices(port, shares)]);
  const state = { ...wish, port, pid, release: booted.release };
  writeFileSync(join(folder, 'state.json'), `${JSON.stringify(state)}\n`);
  await booting(series, accelerated);
  return state;
}

/** A guest that runs is what was wished for, once it can be entered. Throws VM_STATE for one that is another. */
async function alreadyUp(series: Series, state: State, wish: Wish, say: Say): Promise<State> {
  const other = difference(state, wish);
  if (other) {
    const what = `the guest ${series} is ${isReady(series) ? 'up' : 'booting'} already, ${other}`;
    throw new DrydockError('VM_STATE', what, { hint: `first: ./drydock vm down${option(series)}` });
  }
  if (isReady(series)) {
    say(`the guest ${series} is up already, with cgroup ${state.cgroup}`);
    return state;
  }
  say('it is booting already');
  await booting(series, isAccelerated(state.acceleration));
  return state;
}

/** What a guest that runs has, and was not asked for; nothing is asked for by what is usual, but for the cgroups. */
function difference(state: State, wish: Wish): string | undefined {
  if (state.cgroup !== wish.cgroup) return `with cgroup ${state.cgroup}, not ${wish.cgroup}`;
  if (![usual.memory, state.memory].includes(wish.memory)) return `with ${state.memory} MB, not ${wish.memory}`;
  if (![usual.port, state.port].includes(wish.port)) return `on port ${state.port}, not ${wish.port}`;
  const [is, wished] = [state, wish].map(({ acceleration }) => isAccelerated(acceleration));
  if (wish.acceleration !== 'auto' && is !== wished) return `${is ? 'with' : 'without'} KVM`;
  return undefined;
}

function makeDisk(folder: string, root: string): void {
  const [disk, key] = [join(folder, 'disk.qcow2'), keyOf(folder)];
  if (!existsSync(key)) output('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'drydock vm', '-f', key]);
  if (!existsSync(disk)) output('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', root, '-F', 'raw', disk]);
}

/** What must be loaded before there is a root to load from. */
const MODULES = ['virtio_pci', 'virtio_rng', 'virtio_blk', 'crc32c_generic', 'ext4'];

/** The guest's scripts come with the initramfs, so that a disk of yesterday boots with those of today. */
function makeFirstMoment(folder: string, booted: Kernel): string {
  const path = join(folder, 'initramfs.cpio');
  const recipe = join(projectHome(), 'vm/debian');
  const files = Object.fromEntries(
    ['init', 'boot', 'cgroups'].map((name) => [name, join(recipe, `${name}.sh`)] as const),
  );
  makeInitramfs(path, { kernel: booted, modules: MODULES, files: { ...files, inittab: join(recipe, 'inittab') } });
  return path;
}

/** Writes what the guest's first script reads. */
function tell(folder: string, { folders, node }: Shared): void {
  const about = join(folder, 'about');
  mkdirSync(about, { recursive: true });
  const lines = folders.map(({ tag, writable, inside }) =>
    [tag, writable ? 'rw,cache=mmap' : 'ro,cache=loose', inside].join(' '),
  );
  writeFileSync(join(about, 'shares'), `${lines.join('\n')}\n`);
  writeFileSync(join(about, 'node'), `${node}\n`);
  writeFileSync(join(about, 'authorized_keys'), readFileSync(`${keyOf(folder)}.pub`));
}

/** Disk, network and shares. Paths are relative to the guest's folder, because a socket's path has 107 bytes at most. */
function devices(port: number, { folders }: Shared): string[] {
  return [
    ...['-device', 'virtio-rng-pci'], // without it the guest's first key waits for chance
    ...['-serial', 'file:console.log', '-qmp', 'unix:qmp.sock,server=on,wait=off'],
    ...['-drive', 'file=disk.qcow2,if=virtio,format=qcow2,id=disk,discard=unmap'],
    ...['-nic', `user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:${port}-:22`],
    ...share('about', 'about', false),
    ...folders.flatMap(({ tag, path, writable }) => share(tag, path, writable)),
  ];
}

/** Starts qemu so that it goes on without us; answers its process. */
function start(folder: string, words: readonly string[]): number {
  rmSync(join(folder, 'console.log'), { force: true });
  const log = openSync(join(folder, 'qemu.log'), 'w');
  const qemu = spawn(QEMU, words, { cwd: folder, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  qemu.unref();
  return qemu.pid!;
}

/** Waits for the first script's last line. Throws VM_FAILED when qemu ends before it, or when it does not come. */
async function booting(series: Series, accelerated: boolean): Promise<void> {
  const folder = guestFolder(series);
  const console = join(folder, 'console.log');
  const seconds = accelerated ? BOOT_SECONDS.real : BOOT_SECONDS.emulated;
  const deadline = Date.now() + seconds * 1000;
  while (!isReady(series)) {
    const isGone = running(series) === undefined;
    if (!isGone && Date.now() < deadline) {
      await sleep(200);
      continue;
    }
    await stop(series);
    const [what, log] = isGone ? ['qemu ended', 'qemu.log'] : [`it is not up after ${seconds} s`, 'console.log'];
    const last = `${said(join(folder, log))}\n${said(console)}`.trim().split('\n').slice(-8).join('\n');
    const without = accelerated ? `if KVM is at fault: ./drydock vm up${option(series)} --accel none; ` : '';
    throw new DrydockError('VM_FAILED', `the guest did not come up: ${what}\n${last}`, {
      hint: `${without}all that it said: ${folder}/console.log and qemu.log; a new disk: ./drydock vm destroy${option(series)}`,
    });
  }
}
