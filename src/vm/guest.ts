/**
 * One guest: a disk that begins as an image of ours, a key that opens it, and perhaps a qemu that runs. start.ts brings it
 * up, end.ts ends it, snapshot.ts keeps its disk.
 *
 *     guests/6.1/   disk.qcow2     what differs from the image; its snapshots are inside
 *                   id_ed25519     made here, known to this guest alone
 *                   about/         what the guest is told at its start: the key, the shares, where Node is
 *                   state.json     the qemu that was started last: process, port, cgroups
 *                   console.log    what the guest's kernel and first script say
 *
 * Invariant: whether it runs is asked of the kernel, never of state.json alone; a qemu that was killed leaves nothing that
 * the next `up` would stumble over.
 */
import { existsSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import type { Series } from './debian.ts';
import type { Acceleration, CgroupMode } from './emulator.ts';
import { needOurs, vmFolder } from './folder.ts';

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
  /** `6.1.0-56-amd64`, as `uname -r` says in it. */
  readonly release: string;
}

/** What the guest's first script says last. */
const READY = 'drydock guest: ready';

export const guestFolder = (series: Series): string => join(vmFolder(), 'guests', series);
export const keyOf = (folder: string): string => join(folder, 'id_ed25519');

/** How the guest was started last, whether or not that qemu still runs. */
export function lastStart(series: Series): State | undefined {
  const file = join(guestFolder(series), 'state.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as State) : undefined;
}

/** The guest's qemu, if it runs: the process that was started last, still in the guest's folder. */
export function running(series: Series): State | undefined {
  const state = lastStart(series);
  try {
    // The kernel's answer has no links in it, and a person's path may have some.
    return state && readlinkSync(`/proc/${state.pid}/cwd`) === realpathSync(guestFolder(series)) ? state : undefined;
  } catch {
    return undefined; // there is no such process, or it is a stranger's: the number has been used again
  }
}

/** Whether a guest that runs has come to the end of its first script. */
export function isReady(series: Series): boolean {
  return said(join(guestFolder(series), 'console.log')).includes(READY);
}

/** What a file has so far; nothing, if it is not there. */
export function said(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** The guest's qemu. Throws VM_STATE where none runs. */
export function needRunning(series: Series): State {
  const state = running(series);
  if (state) return state;
  needOursIfThere(guestFolder(series));
  throw new DrydockError('VM_STATE', `the guest ${series} is not up`, { hint: `./drydock vm up${option(series)}` });
}

/** A guest of somebody else's is not taken for none. */
function needOursIfThere(folder: string): void {
  if (existsSync(folder)) needOurs(folder);
}

/** Whether there is such a guest: it has a disk. Throws VM_STATE where that is not for us to know. */
export function hasDisk(series: Series): boolean {
  const folder = guestFolder(series);
  if (existsSync(join(folder, 'disk.qcow2'))) return true;
  needOursIfThere(folder);
  return false;
}

/** Throws VM_STATE where the guest has no disk yet. */
export function needDisk(series: Series): void {
  if (hasDisk(series)) return;
  throw new DrydockError('VM_STATE', `there is no guest ${series}`, { hint: `./drydock vm up${option(series)}` });
}

/** How a command line names a guest that is not the usual one. */
export function option(series: Series): string {
  return series === '6.1' ? '' : ` --kernel ${series}`;
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
