/** What the verbs of `drydock vm` share: which guest is meant, how its start is wished for, and how they speak. */
import { DrydockError } from '../../../errors.ts';
import { suites, type Series } from '../../../vm/debian.ts';
import { cgroupModes, type Acceleration, type CgroupMode } from '../../../vm/emulator.ts';
import { usual, type State } from '../../../vm/guest.ts';
import { up } from '../../../vm/start.ts';

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
  memory: string;
  port: string;
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
  // Not numbers of yargs': of a word that is none it leaves NaN.
  memory: { type: 'string', default: String(usual.memory), requiresArg: true, describe: 'in megabytes' },
  port: { type: 'string', default: String(usual.port), requiresArg: true, describe: 'for ssh; 0 takes a free one' },
} as const;

export function boot({ kernel, cgroup, accel, memory, port }: Boot): Promise<State> {
  const wish = { memory: whole('memory', memory, 64, 1 << 20), port: whole('port', port, 0, 65535) };
  return up(kernel, { cgroup, acceleration: accel, ...wish }, say);
}

/** Throws BAD_USAGE. */
function whole(name: string, text: string, from: number, to: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (number >= from && number <= to) return number;
  throw new DrydockError('BAD_USAGE', `--${name} is a whole number from ${from} to ${to}, not '${text}'`, {
    hint: 'see: drydock vm up --help',
  });
}

/** A line for the person; output belongs to what runs in the guest. */
export function say(line: string): void {
  process.stderr.write(`drydock: ${line}\n`);
}
