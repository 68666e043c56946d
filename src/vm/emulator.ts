/**
 * qemu: whether it is here, what it can do on this machine, and the words that both kinds of guest start with.
 * See qemu(1), "Direct Linux Boot".
 */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { DrydockError } from '../errors.ts';
import { needPrograms, output } from './command.ts';

export const QEMU = 'qemu-system-x86_64';

/** A folder that lies on several file systems can be shared since 4.2 (`multidevs`). */
const AT_LEAST = [4, 2] as const;

/** A plain processor: of the youngest features the emulation is not yet as good as a program trusts it to be. */
const EMULATED_CPU = 'Westmere';

/** Throws VM_LACKS where there is no qemu, one that is too old, or not the `others`; UNSUPPORTED on another kind of machine. */
export function needEmulator(...others: readonly string[]): void {
  if (process.arch !== 'x64')
    throw new DrydockError('UNSUPPORTED', `the guest is for x64, and this machine is ${process.arch}`, {
      hint: 'the lessons run on this machine itself: ./drydock doctor',
    });
  needPrograms(QEMU, ...others);
  const version = /version (\d+)[.](\d+)/.exec(output(QEMU, ['--version']));
  const [major, minor] = [Number(version?.[1]), Number(version?.[2])];
  if (major > AT_LEAST[0] || (major === AT_LEAST[0] && minor >= AT_LEAST[1])) return;
  throw new DrydockError('VM_LACKS', `qemu is too old: ${major}.${minor}, and ${AT_LEAST.join('.')} is needed`, {
    hint: 'Debian 11 and Ubuntu 22.04 have a newer one: sudo apt-get install qemu-system-x86',
  });
}

export type Acceleration = 'auto' | 'kvm' | 'none';

const KVM = '/dev/kvm';

/**
 * Whether the processor itself runs the guest. `auto` takes KVM where it may be opened, but not inside another virtual
 * machine: there it may be present and not work. Throws VM_LACKS when it was asked for and is not to be had.
 */
export function isAccelerated(wish: Acceleration): boolean {
  if (wish === 'none') return false;
  const isNested = /^flags\s*:.*\bhypervisor\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
  const obstacle = kvmObstacle();
  if (wish === 'auto') return !isNested && obstacle === undefined;
  if (obstacle) throw obstacle;
  return true;
}

function kvmObstacle(): DrydockError | undefined {
  const without = 'without it, and slower: --accel none';
  if (!existsSync(KVM))
    return new DrydockError('VM_LACKS', `there is no KVM: ${KVM} does not exist`, {
      hint: `sudo modprobe kvm-intel (or kvm-amd), or switch virtualisation on in the firmware; ${without}`,
    });
  try {
    accessSync(KVM, constants.R_OK | constants.W_OK);
    return undefined;
  } catch {
    // Whatever the reason: it cannot be opened by us.
    return new DrydockError('VM_LACKS', `you may not open ${KVM}`, {
      hint: `sudo usermod -aG kvm "$USER", and log in again; ${without}`,
    });
  }
}

/** `no_timer_check`: on a busy host the kernel's own trial of the timer sees no tick, and it panics (seen with 6.12). */
const COMMAND_LINE = 'console=ttyS0 quiet panic=-1 mitigations=off no_timer_check';

export interface Machine {
  readonly accelerated: boolean;
  readonly kernel: string;
  readonly initramfs: string;
  readonly commandLine: string;
  readonly memory: number;
}

/** What qemu is told for every guest: no screen, two processors, a serial line, and a panic ends it. */
export function machineWords({ accelerated, kernel, initramfs, commandLine, memory }: Machine): string[] {
  const processor = accelerated
    ? ['-accel', 'kvm', '-cpu', 'host']
    : ['-accel', 'tcg,thread=multi', '-cpu', EMULATED_CPU];
  return [
    ...['-machine', 'q35', ...processor, '-smp', '2', '-m', String(memory), '-nodefaults', '-no-reboot'],
    ...['-display', 'none', '-kernel', kernel, '-initrd', initramfs],
    ...['-append', `${COMMAND_LINE} ${commandLine}`],
  ];
}

/** A folder of this machine's in the guest, over 9p. A comma in its name would end the option: qemu wants it twice. */
export function share(tag: string, path: string, writable: boolean): string[] {
  const words = `local,path=${path.replaceAll(',', ',,')},mount_tag=${tag},security_model=none,multidevs=remap`;
  return ['-virtfs', writable ? words : `${words},readonly=on`];
}

export const cgroupModes = ['v2', 'hybrid', 'v1'] as const;

export type CgroupMode = (typeof cgroupModes)[number];

/** The words of the kernel's command line that choose the cgroups; the guest's first script reads ours. */
export function cgroupWords(mode: CgroupMode): string {
  return `drydock.cgroup=${mode}${mode === 'v2' ? ' cgroup_no_v1=all' : ''}`;
}
