/**
 * A call as a person reads it: `mount("proc", "/proc", "proc", NOSUID|NODEV|NOEXEC)`.
 *
 * What an argument is stands in the vocabulary (steps.ts): flags are shown by name, without the prefix that all of them
 * share; descriptors by the name of their slot; long data by its length. NULLs at the end are left out.
 */
import { printed } from '../linux/calls.ts';
import { namesOf } from '../linux/capabilities.ts';
import { cloneFlags, flagNames, mountFlags, openFlags, resourceLimits, umountFlags } from '../linux/constants.ts';
import { landlockRights } from '../linux/landlock.ts';
import { vocabulary, type Call } from '../runtime/steps.ts';
import { type Kind } from '../runtime/words.ts';

const flagTables: Partial<Record<Kind, [prefix: RegExp, table: Readonly<Record<string, number>>]>> = {
  mountFlags: [/\bMS_/g, mountFlags],
  umountFlags: [/\b(MNT_|UMOUNT_)/g, umountFlags],
  cloneFlags: [/\bCLONE_/g, cloneFlags],
  openFlags: [/\bO_/g, openFlags],
  landlockRights: [/\bLANDLOCK_ACCESS_FS_/g, landlockRights],
};

/** `call(args)`, for steps of a plan and for calls of the host alike. */
export function callText(call: string, args: readonly unknown[]): string {
  const word = call in vocabulary ? vocabulary[call as Call] : undefined;
  const end = args.findLastIndex((arg) => arg !== null && arg !== undefined) + 1;
  const shown = args.slice(0, end).map((arg, i) => {
    if (call === 'setgroups') return groupsText(arg as Buffer);
    const kind = word?.args[i]?.[1];
    return kind ? argText(kind.replace('?', '') as Kind, arg) : printed(arg);
  });
  return `${call}(${shown.join(', ')})`;
}

// The kernel takes an array of gid_t, so that is what the step holds.
function groupsText(bytes: Buffer): string {
  const groups = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32LE(i * 4));
  return `[${groups.join(', ')}]`;
}

/** CLONE_* by name, as in `NEWNS|NEWPID`. */
export function cloneFlagText(flags: number): string {
  return argText('cloneFlags', flags);
}

function argText(kind: Kind, value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  const flags = flagTables[kind];
  if (flags) return flagNames(flags[1], value as number).replace(flags[0], '');
  switch (kind) {
    case 'fd':
      return (value as { fd: string }).fd;
    case 'mode':
      return `0${(value as number).toString(8)}`;
    case 'owner': {
      const { uid, gid } = value as { uid: number; gid: number };
      return `${uid}:${gid}`;
    }
    case 'capabilities':
      return namesOf(value as number).join('|') || 'none';
    case 'resource':
      return Object.entries(resourceLimits).find(([, number]) => number === value)?.[0] ?? String(value);
    case 'bytes':
      return `<${(value as Buffer).length} bytes>`;
    default:
      return printed(value);
  }
}
