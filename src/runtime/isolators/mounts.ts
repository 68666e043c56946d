/**
 * The container's own mounts (mount namespace, Linux 2.4.19; mount_namespaces(7)): /proc, /dev, /sys and what the spec
 * lists, in its order.
 *
 * Every target is looked up inside the container's root by `mount_at`, never by a path of the host: an image may have a
 * link in its place, and a volume may change while we look (CVE-2021-30465, CVE-2024-45310). Nothing but procfs itself
 * may be mounted below /proc, where it would stand in for files that runtimes write to (CVE-2019-19921).
 */
import { statSync } from 'node:fs';
import { posix } from 'node:path';
import { DrydockError } from '../../errors.ts';
import {
  AT_EMPTY_PATH,
  AT_RECURSIVE,
  MOUNT_ATTR_IDMAP,
  MS_BIND,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
} from '../../linux/constants.ts';
import { native } from '../../linux/native.ts';
import type { Isolator, Waiting } from '../isolator.ts';
import { parseOptions } from '../mount-options.ts';
import { wanted } from '../namespaces.ts';
import { slot, type Plan } from '../plan.ts';
import type { Mount, Spec } from '../spec.ts';
import { closeNamespace, openUserNamespace } from '../userns.ts';

const TARGET_IS_FILE = 1;
const MAY_COVER_PROC = 2;

/** Flags of mount(2) that mount_setattr(2) has under the same numbers. */
const SAME_IN_BOTH = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;

/** What lxcfs and its like may put over procfs: numbers about the machine, nothing that anybody writes to. */
const harmless = /^\/proc\/(cpuinfo|diskstats|meminfo|stat|swaps|uptime|loadavg|slabinfo)$/;

export const mounts: Isolator = {
  name: 'mounts',
  summary: 'its own mounts: /proc, /dev, /sys and volumes',
  requires: ['rootfs'],
  phase: 'mounts',
  namespaces: (spec) => wanted(spec, 'mount'),
  claim(spec) {
    ownMounts(spec).forEach(refuseBelowProc);
    return null;
  },
  steps(plan, { spec, mode }) {
    if (mode === 'exec') return;
    ownMounts(spec).forEach((mount, index) => {
      if (isIdmapped(mount)) idmappedSteps(plan, mount, index);
      else mountSteps(plan, mount);
    });
  },
  at: {
    async mounted(_claim, waiting) {
      for (const [index, mount] of ownMounts(waiting.spec).entries())
        if (isIdmapped(mount)) await mapTree(mount, treeName(index), waiting);
    },
  },
};

// The cgroup file systems are those of the cgroups isolator: only it knows the paths.
function ownMounts({ mounts: all = [] }: Spec): Mount[] {
  return all.filter(({ type }) => type !== 'cgroup' && type !== 'cgroup2');
}

function mountSteps(plan: Plan, { destination, type, source, options }: Mount): void {
  const { flags, propagation, data } = parseOptions(options);
  const bind = (flags & MS_BIND) !== 0 || type === 'bind';
  const kind = (bind && isFile(source) ? TARGET_IS_FILE : 0) | (harmless.test(destination) ? MAY_COVER_PROC : 0);
  plan
    .mount_at(
      slot('root'),
      destination,
      source ?? type ?? null,
      bind ? null : (type ?? null),
      bind ? flags | MS_BIND : flags,
      data,
      propagation,
      kind,
    )
    .because(reason(destination, bind, source));
}

function isFile(source: string | undefined): boolean {
  try {
    return source !== undefined && !statSync(source).isDirectory();
  } catch {
    // A source that is not there is reported by mount(2), with its name.
    return false;
  }
}

function reason(destination: string, bind: boolean, source: string | undefined): string {
  const known: Record<string, string> = {
    '/proc': 'ps reads the new PID namespace here',
    '/dev': 'empty, for its own devices',
    '/dev/pts': 'its own terminals, numbered from 0',
    '/dev/shm': 'shared memory that the host does not see',
    '/dev/mqueue': 'its own message queues',
    '/sys': 'reading is harmless, writing is not',
  };
  return known[destination] ?? (bind ? `shows ${source} of the host` : 'asked for in mounts');
}

function refuseBelowProc({ destination, type }: Mount): void {
  const target = posix.normalize(destination);
  if (type === 'proc' || !(target === '/proc' || target.startsWith('/proc/')) || harmless.test(target)) return;
  throw new DrydockError('SPEC_INVALID', `mounts: ${destination} lies inside /proc, where only procfs may be`, {
    isolator: 'mounts',
    hint: 'a file over procfs could answer in the kernel’s name; choose another destination',
  });
}

function isIdmapped(mount: Mount): boolean {
  return parseOptions(mount.options).idmap;
}

const treeName = (index: number): string => `tree-${index}`;

// The child makes a detached copy of the tree and waits; the parent, who may, maps it; the child puts it in place.
function idmappedSteps(plan: Plan, { destination, source }: Mount, index: number): void {
  const tree = slot(treeName(index));
  plan
    .open_tree(source ?? '')
    .into(tree.fd)
    .because('a detached copy, for the parent to map');
  plan.send_fd(null, tree, tree.fd).because('mapping ids needs rights outside');
  plan.move_mount(tree, slot('root'), destination).because('its owners are mapped now');
}

async function mapTree(mount: Mount, name: string, { fds, spec }: Waiting): Promise<void> {
  const own = mount as Mount & { uidMappings?: []; gidMappings?: [] };
  const uids = own.uidMappings ?? spec.linux?.uidMappings ?? [];
  const gids = own.gidMappings ?? spec.linux?.gidMappings ?? [];
  const tree = fds.get(name);
  if (tree === undefined)
    throw new DrydockError('INTERNAL', `the child did not send ${name}`, {
      isolator: 'mounts',
    });
  const userns = await openUserNamespace(uids, gids);
  try {
    native.mountSetattr({
      fd: tree,
      path: '',
      flags: AT_EMPTY_PATH | AT_RECURSIVE,
      set: MOUNT_ATTR_IDMAP | (parseOptions(mount.options).flags & SAME_IN_BOTH),
      userns,
    });
  } finally {
    closeNamespace(userns);
  }
}
