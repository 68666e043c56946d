/** What the verbs of `drydock vm` share: which guest is meant, how its start is wished for, and how they speak. */
import { suites, type Series } from '../../../vm/debian.ts';
import { cgroupModes, type Acceleration, type CgroupMode } from '../../../vm/emulator.ts';
import { up, usual, type State } from '../../../vm/guest.ts';

export interface Which {
  kernel: Series;
}

/** The option that says which guest. */
export const whichGuest = {
  kernel: {
    type: 'string', // 5.10 is not 5.1
    choices: Object.keys(suites) as Series[],
    default: '6.1' as Series,
    requiresArg: true,
    describe: 'each kernel has a guest of its own',
  },
} as const;

export interface Boot extends Which {
  cgroup: CgroupMode;
  accel: Acceleration;
  memory: number;
  port: number;
}

/** The options of verbs that start a guest. */
export const howToBoot = {
  ...whichGuest,
  cgroup: { choices: cgroupModes, default: usual.cgroup, requiresArg: true, describe: 'which cgroups it has' },
  accel: {
    choices: ['auto', 'kvm', 'none'] as Acceleration[],
    default: usual.acceleration,
    requiresArg: true,
    describe: 'the processor itself runs it, or qemu emulates one',
  },
  memory: { type: 'number', default: usual.memory, requiresArg: true, describe: 'in megabytes' },
  port: { type: 'number', default: usual.port, requiresArg: true, describe: 'for ssh; 0 takes a free one' },
} as const;

export function boot({ kernel, cgroup, accel, memory, port }: Boot): Promise<State> {
  return up(kernel, { cgroup, acceleration: accel, memory, port }, say);
}

/** A line for the person; output belongs to what runs in the guest. */
export function say(line: string): void {
  process.stderr.write(`drydock: ${line}\n`);
}
