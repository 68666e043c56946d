/**
 * The guest's disk as it was: kept inside disk.qcow2, also while the guest runs.
 *
 * Memory is not kept: qemu refuses that while folders are shared over 9p. A restored guest boots, as after a power cut.
 * See qemu-img(1), and `blockdev-snapshot-internal-sync` of the QEMU QMP reference.
 */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { DrydockError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';
import { output } from './command.ts';
import type { Series } from './debian.ts';
import { guestFolder, isReady, needDisk, option, running, sshWords } from './guest.ts';

/** What the undoing of a lab calls its own. */
export const OF_LABS = 'before-the-lab';

const disk = (series: Series): string => `${guestFolder(series)}/disk.qcow2`;

/** The names of the guest's snapshots, the oldest first. `-U`: a guest that runs has the disk locked. */
export function snapshots(series: Series): string[] {
  needDisk(series);
  const told = JSON.parse(output('qemu-img', ['info', '-U', '--output=json', disk(series)])) as {
    snapshots?: { name: string }[];
  };
  return (told.snapshots ?? []).map(({ name }) => name);
}

/**
 * Throws BAD_USAGE for a name that qemu or a person could take for something else. Of a number it does not say which
 * snapshot is meant: `qemu-img snapshot -a` looks among its own ids first, which are numbers.
 */
function needName(name: string): void {
  if (/^(?!\d+$)[\w][\w.-]{0,99}$/.test(name)) return;
  const why = /^\d+$/.test(name) ? 'qemu gives numbers of its own' : 'letters, digits, and . _ - between them';
  throw new DrydockError('BAD_USAGE', `a snapshot cannot be called '${name}': ${why}`, {
    hint: `for example: ./drydock vm snapshot ${/^\d+$/.test(name) ? `lab-${name}` : 'before'}`,
  });
}

/** Keeps the disk as it is now. Throws VM_STATE when the name is in use, BAD_USAGE when it can be none. */
export async function snapshot(series: Series, name: string): Promise<void> {
  needName(name);
  if (snapshots(series).includes(name))
    throw new DrydockError('VM_STATE', `the guest ${series} has a snapshot '${name}' already`, {
      hint: `give another name, or go back to that one: ./drydock vm restore${option(series)} ${name}`,
    });
  const state = running(series);
  if (!state) return void output('qemu-img', ['snapshot', '-c', name, disk(series)]);
  // One that boots has nobody yet who has written anything.
  if (isReady(series)) output('ssh', [...sshWords(series, state), 'sync']);
  await command(state.pid, 'blockdev-snapshot-internal-sync', { device: 'disk', name });
}

/** Throws VM_STATE, with what is near, when there is no such snapshot. */
export function needSnapshot(series: Series, name: string): void {
  const names = snapshots(series);
  if (names.includes(name)) return;
  throw new DrydockError('VM_STATE', `the guest ${series} has no snapshot '${name}'`, {
    hint:
      names.length > 0
        ? didYouMean(name, names)
        : `there are none; to make one: ./drydock vm snapshot${option(series)} ${name}`,
  });
}

/** Gives a disk that nobody uses back what it was. */
export function restore(series: Series, name: string): void {
  needSnapshot(series, name);
  output('qemu-img', ['snapshot', '-a', name, disk(series)]);
}

/** Forgets a snapshot, also while the guest runs. */
export async function drop(series: Series, name: string): Promise<void> {
  needSnapshot(series, name);
  const state = running(series);
  if (state) return command(state.pid, 'blockdev-snapshot-delete-internal-sync', { device: 'disk', name });
  output('qemu-img', ['snapshot', '-d', name, disk(series)]);
}

/** One command to a qemu that runs, in its own protocol: a greeting, a line each way. */
async function command(pid: number, execute: string, args: object): Promise<void> {
  const socket = connect(`/proc/${pid}/cwd/qmp.sock`);
  try {
    for (const line of [{ execute: 'qmp_capabilities' }, { execute, arguments: args }])
      socket.write(`${JSON.stringify(line)}\n`);
    let answers = 0;
    for await (const line of createInterface(socket)) {
      const said = JSON.parse(line) as { return?: object; error?: { desc: string } };
      if (said.error) throw new DrydockError('VM_FAILED', `qemu refused ${execute}: ${said.error.desc}`);
      if (said.return && ++answers === 2) return;
    }
    throw new DrydockError('VM_FAILED', `qemu ended without an answer to ${execute}`);
  } finally {
    socket.destroy();
  }
}
