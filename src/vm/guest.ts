/**
 * One guest: a disk that begins as an image of ours, a key that opens it, and perhaps a qemu that runs.
 *
 *     guests/6.1/   disk.qcow2     what differs from the image; its snapshots are inside
 *                   id_ed25519     made here, known to this guest alone
 *                   about/         what the guest is told at its start: the key, the shares, where Node is
 *                   state.json     the qemu that was started last: process, port, cgroups
 *                   console.log    what the guest's kernel and first script say
 *
 * Invariant: whether it runs is asked of the kernel, never of state.json alone; a qemu that was killed leaves nothing that
 * the next `up` would stumble over. One `up` at a time, by a lock on the folder: state.json is always about the qemu that
 * runs. qemu itself locks the disk, so that two never write to it.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DrydockError } from '../errors.ts';
import { lockFolder } from '../linux/lock.ts';
import { projectHome } from '../linux/native.ts';
import { readStat } from '../linux/procfs.ts';
import { output } from './command.ts';
import type { Series } from './debian.ts';
import { cgroupWords, isAccelerated, machineWords, needEmulator, QEMU, share } from './emulator.ts';
import type { Acceleration, CgroupMode } from './emulator.ts';
import { vmFolder } from './folder.ts';
import { builders, hasImage, image } from './image.ts';
import { makeInitramfs } from './initramfs.ts';
import { kernel, type Kernel } from './kernel.ts';
import { needFreePort, freePort } from './port.ts';
import { shared, type Shared } from './shared.ts';

export interface Wish {
  readonly cgroup: CgroupMode;
  readonly acceleration: Acceleration;
  /** In megabytes. */
  readonly memory: number;
  /** Of this machine, for ssh; 0 takes a free one. */
  readonly port: number;
}

/** A guest of which nobody has said more. */
export const usual: Wish = { cgroup: 'v2', acceleration: 'auto', memory: 2048, port: 0 };

/** How a guest that runs was started. */
export interface State extends Wish {
  readonly pid: number;
}

/** How long a guest may take to come up; on an emulated processor, of a machine that has other things to do. */
const BOOT_SECONDS = { real: 240, emulated: 1200 };
const DOWN_SECONDS = 60;
const READY = 'drydock guest: ready';

export const guestFolder = (series: Series): string => join(vmFolder(), 'guests', series);
const keyOf = (folder: string): string => join(folder, 'id_ed25519');

/** The guest's qemu, if it runs: the process that was started last, still in the guest's folder. */
export function running(series: Series): State | undefined {
  const folder = guestFolder(series);
  const file = join(folder, 'state.json');
  if (!existsSync(file)) return undefined;
  const state = JSON.parse(readFileSync(file, 'utf8')) as State;
  try {
    // The kernel's answer has no links in it, and a person's path may have some.
    return readlinkSync(`/proc/${state.pid}/cwd`) === realpathSync(folder) ? state : undefined;
  } catch {
    return undefined; // there is no such process, or it is a stranger's: the number has been used again
  }
}

/** The guest's qemu. Throws VM_STATE where none runs. */
export function needRunning(series: Series): State {
  const state = running(series);
  if (state) return state;
  throw new DrydockError('VM_STATE', `the guest ${series} is not up`, { hint: `./drydock vm up${option(series)}` });
}

/** The guest's folder. Throws VM_STATE where the guest has no disk yet. */
export function needDisk(series: Series): string {
  const folder = guestFolder(series);
  if (existsSync(join(folder, 'disk.qcow2'))) return folder;
  throw new DrydockError('VM_STATE', `there is no guest ${series}`, { hint: `./drydock vm up${option(series)}` });
}

/** How a command line names a guest that is not the usual one. */
export function option(series: Series): string {
  return series === '6.1' ? '' : ` --kernel ${series}`;
}

/** Starts the guest, with a disk of its own the first time, and waits until it can be entered. */
export async function up(series: Series, wish: Wish, say: (line: string) => void): Promise<State> {
  const folder = guestFolder(series);
  // What is missing is told before anything is made.
  if (!running(series)) needEmulator('qemu-img', 'ssh', 'ssh-keygen', ...(hasImage(series) ? [] : builders()));
  const accelerated = isAccelerated(wish.acceleration);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = await lockFolder(folder, `starting the guest ${series}`);
  try {
    return await upAlone(series, wish, accelerated, say);
  } finally {
    lock?.release();
  }
}

async function upAlone(series: Series, wish: Wish, accelerated: boolean, say: (line: string) => void): Promise<State> {
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
  const state = { ...wish, port, pid };
  writeFileSync(join(folder, 'state.json'), `${JSON.stringify(state)}\n`);
  await booting(series, accelerated);
  return state;
}

/** Waits for a guest that boots without anybody: its `up` was ended. Throws VM_STATE for one that is up, or has other cgroups. */
async function alreadyUp(series: Series, state: State, wish: Wish, say: (line: string) => void): Promise<State> {
  const isUp = said(join(guestFolder(series), 'console.log')).includes(READY);
  if (isUp || state.cgroup !== wish.cgroup) {
    const what = `the guest ${series} is ${isUp ? 'up' : 'booting'} already, with cgroup ${state.cgroup}`;
    throw new DrydockError('VM_STATE', what, {
      hint: `./drydock vm shell${option(series)}; for other cgroups first: ./drydock vm down${option(series)}`,
    });
  }
  say('it is booting already');
  await booting(series, isAccelerated(state.acceleration));
  return state;
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
  while (!said(console).includes(READY)) {
    const isGone = running(series) === undefined;
    if (!isGone && Date.now() < deadline) {
      await sleep(200);
      continue;
    }
    await stop(series);
    const [what, log] = isGone ? ['qemu ended', 'qemu.log'] : [`it is not up after ${seconds} s`, 'console.log'];
    const last = `${said(join(folder, log))}\n${said(console)}`.trim().split('\n').slice(-8).join('\n');
    throw new DrydockError('VM_FAILED', `the guest did not come up: ${what}\n${last}`, {
      hint: `all that it said: ${folder}/console.log and qemu.log; a new disk: ./drydock vm destroy${option(series)}`,
    });
  }
}

/** What a file has so far; nothing, if it is not there. */
function said(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** The command that enters the guest; what it should run there comes behind it. */
export function sshWords(series: Series, { port }: State): string[] {
  const folder = guestFolder(series);
  const options = {
    IdentitiesOnly: 'yes',
    StrictHostKeyChecking: 'accept-new',
    UserKnownHostsFile: `"${join(folder, 'known_hosts')}"`,
    LogLevel: 'ERROR',
    ConnectTimeout: '60',
  };
  const words = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return ['-F', 'none', '-i', keyOf(folder), '-p', String(port), ...words, 'root@127.0.0.1'];
}

/** Ends the guest in good order; after a minute, or if it does not listen any more, at once. */
export async function down(series: Series): Promise<void> {
  const state = needRunning(series);
  const asked = spawn('ssh', [...sshWords(series, state), 'poweroff'], { stdio: 'ignore' });
  await gone(state, DOWN_SECONDS);
  asked.kill();
  if (running(series)) await stop(series);
}

/** Ends qemu at once. What the guest had not written to its disk is lost; ext4's journal keeps the rest whole. */
export async function stop(series: Series): Promise<void> {
  const state = running(series);
  if (!state) return;
  process.kill(state.pid, 'SIGKILL');
  await gone(state, DOWN_SECONDS);
}

/**
 * Waits until nothing of a qemu is left. Its first thread ends before those that give its memory back, and until the last
 * has done so the disk is locked: a zombie with threads is not gone.
 */
async function gone({ pid }: State, seconds: number): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  const isThere = (): boolean => {
    const stat = readStat(pid);
    return stat !== undefined && (stat.state !== 'Z' || stat.threads > 1);
  };
  while (isThere() && Date.now() < deadline) await sleep(100);
}

/** Removes a guest with its disk and snapshots; images and kernels stay. */
export async function destroy(series: Series): Promise<void> {
  const folder = needDisk(series);
  await stop(series);
  rmSync(folder, { recursive: true });
}
