/**
 * The powers of root, one by one (capabilities(7), Linux 2.2; <linux/capability.h> has the numbers).
 *
 * A set of them is a number here, bit n for capability n: 41 bits, which a JavaScript number holds exactly, and which
 * its bit operators do not.
 */
import { readFileSync } from 'node:fs';
import { readStatus } from './procfs.ts';

/** In the order of their numbers. */
export const capabilityNames = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_LINUX_IMMUTABLE',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_BROADCAST',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_CHROOT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_PACCT',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_NICE',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_MKNOD',
  'CAP_LEASE',
  'CAP_AUDIT_WRITE',
  'CAP_AUDIT_CONTROL',
  'CAP_SETFCAP',
  'CAP_MAC_OVERRIDE',
  'CAP_MAC_ADMIN',
  'CAP_SYSLOG',
  'CAP_WAKE_ALARM',
  'CAP_BLOCK_SUSPEND',
  'CAP_AUDIT_READ',
  'CAP_PERFMON',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
] as const;

let known: number | undefined;

/** How many this kernel knows; a younger one may know more than we do. */
function knownCapabilities(): number {
  return (known ??= readKnown());
}

function readKnown(): number {
  try {
    return Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8')) + 1;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return capabilityNames.length; // /proc/sys is not there: what it would say is found out by the calls
  }
}

/** The number of a capability by its name; undefined when this kernel, or we, have none of this name. */
export function capabilityNumber(name: string): number | undefined {
  const number = (capabilityNames as readonly string[]).indexOf(name.toUpperCase());
  return number < 0 || number >= knownCapabilities() ? undefined : number;
}

/** A set of capabilities from their numbers. */
export function capabilitySet(numbers: Iterable<number>): number {
  let set = 0;
  for (const number of new Set(numbers)) set += 2 ** number;
  return set;
}

/** Whether a set holds a capability. */
export function holds(set: number, number: number): boolean {
  return Math.floor(set / 2 ** number) % 2 === 1;
}

/** The names of a set, as people read them: `CHOWN KILL`. */
export function namesOf(set: number): string[] {
  return capabilityNames.filter((_, number) => holds(set, number)).map((name) => name.slice('CAP_'.length));
}

/** What this process could pass on to a program: its bounding set. */
export function ownBoundingSet(): number {
  return parseInt(readStatus('self')?.get('CapBnd') ?? '0', 16);
}
