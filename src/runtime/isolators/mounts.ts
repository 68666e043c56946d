/**
 * The container's own mounts (mount namespace, Linux 2.4.19; mount_namespaces(7)): /proc, /dev, /sys and what the spec
 * lists, in its order.
 *
 * Every target is looked up inside the container's root, never by a path of the host: an image may have a link in its
 * place, and a volume may change while we look (CVE-2021-30465, CVE-2024-45310). Nothing but procfs itself may be
 * mounted below /proc, where it would stand in for files that runtimes write to (CVE-2019-19921).
 */
import { closeSync, openSync } from 'node:fs';
import { DrydockError } from '../../errors.ts';
import { AT_EMPTY_PATH, AT_RECURSIVE, MOUNT_ATTR_IDMAP, MS_REC, O_CLOEXEC, O_RDONLY } from '../../linux/constants.ts';
import { native } from '../../linux/native.ts';
import type { Isolator, Waiting } from '../isolator.ts';
import { changes } from '../../linux/mount-options.ts';
import { checkMount, isTied, mountRequests, tiedSlot, type MountRequest } from '../mount-request.ts';
import { isNew, wanted } from '../namespaces.ts';
import { slot, type Plan } from '../plan.ts';
import type { Spec } from '../spec.ts';
import { openUserNamespace } from '../userns.ts';

export const mounts: Isolator = {
  name: 'mounts',
  summary: 'its own mounts: /proc, /dev, /sys and volumes',
  requires: ['rootfs'],
  phase: 'mounts',
  namespaces: (spec) => wanted(spec, 'mount'),
  claim(spec, { bundle, features }) {
    refuseWithoutNamespace(spec);
    for (const request of ownRequests(spec, bundle)) checkMount(request, spec, features);
    return null;
  },
  steps(plan, { spec, mode, host, stack }) {
    if (mode === 'exec') return;
    for (const request of ownRequests(spec, host.bundle)) {
      if (!request.bind) mountSteps(plan, request, spec.linux?.mountLabel);
      else if (isTied(request, host.features) && stack.has('propagation')) treeSteps(plan, request, tiedSlot(request));
      else if (request.options.idmap || changes(request.options.recursive)) treeSteps(plan, request);
      else bindSteps(plan, request);
    }
  },
  at: {
    async detached(_claim, waiting) {
      const { fds, spec, host } = waiting;
      const request = ownRequests(spec, host.bundle).find(({ place }) => fds.has(place));
      if (!request) throw new DrydockError('INTERNAL', 'the child has sent no tree', { isolator: 'mounts' });
      const tree = fds.get(request.place)!;
      fds.delete(request.place);
      try {
        await mapOwners(tree, request, waiting);
      } finally {
        closeSync(tree);
      }
    },
  },
};

function refuseWithoutNamespace(spec: Spec): void {
  if (isNew(spec, 'mount')) return;
  const [joined] = wanted(spec, 'mount');
  throw new DrydockError(
    'SPEC_INVALID',
    joined
      ? `linux.namespaces: the mounts would be made in the mount namespace ${joined.path}, which is somebody else’s`
      : 'linux.namespaces: without a mount namespace the mounts would be made on the host',
    { isolator: 'mounts', hint: 'add { "type": "mount" }, without a path' },
  );
}

// The cgroup file systems are those of the cgroups isolator: only it knows the paths.
function ownRequests(spec: Spec, bundle: string): MountRequest[] {
  return mountRequests(spec, bundle).filter(({ type }) => type !== 'cgroup' && type !== 'cgroup2');
}

/** A file system of its own has nothing below it yet: what is meant for a whole tree is meant for it. */
function mountSteps(plan: Plan, { destination, type, source, options }: MountRequest, label?: string): void {
  const { verb, mount, recursive, fileSystem, propagation, rest } = options;
  const flags = verb | mount.set | (recursive.set & ~mount.clear) | fileSystem.set;
  const context = label && labelled.has(type ?? '') ? [`context="${label}"`] : [];
  const data = [...rest.filter((word) => word !== 'tmpcopyup'), ...context].join(',') || null;
  const copyUp = Number(rest.includes('tmpcopyup'));
  plan
    .mount_at(slot('root'), destination, source ?? type, type, flags, data, propagation, copyUp)
    .because(known[destination] ?? 'asked for in mounts');
}

function bindSteps(plan: Plan, request: MountRequest): void {
  const { destination, source, recursive, options, coversProc } = request;
  const set = options.mount.set | (recursive ? MS_REC : 0);
  plan
    .bind_at(slot('root'), destination, source!, set, options.mount.clear, options.propagation, Number(coversProc))
    .because(reason(request));
}

/** What only a detached tree can be given: other owners, and flags for all that lies below. */
function treeSteps(plan: Plan, request: MountRequest, taken?: string): void {
  const { place, destination, source, recursive, options, coversProc } = request;
  const { mount, recursive: all, propagation, idmap } = options;
  const tree = slot(taken ?? 'tree');
  if (taken === undefined)
    plan
      .open_tree(source!, Number(recursive))
      .into(tree.fd)
      .because('a detached copy: nobody sees it before it is ready');
  if (idmap) {
    plan.send_fd(null, tree, place).because('translating owners needs rights outside');
    plan.sync('detached').because('the parent translates the owners');
  }
  if (changes(all)) plan.mount_setattr(tree, 1, all.set, all.clear, 0).because('for all mounts of the tree');
  if (changes(mount)) plan.mount_setattr(tree, 0, mount.set, mount.clear, 0).because('for its top alone');
  if (propagation)
    plan
      .mount_setattr(tree, Number((propagation & MS_REC) !== 0), 0, 0, propagation & ~MS_REC)
      .because('which mounts it shares with others');
  plan.move_mount(tree, slot('root'), destination, Number(coversProc)).because(reason(request));
}

/** File systems whose files SELinux can give one label when they are mounted. */
const labelled = new Set(['tmpfs', 'devpts', 'mqueue', 'ramfs', 'overlay']);

const known: Readonly<Record<string, string>> = {
  '/proc': 'ps reads the new PID namespace here',
  '/dev': 'empty, for its own devices',
  '/dev/pts': 'its own terminals, numbered from 0',
  '/dev/shm': 'shared memory that the host does not see',
  '/dev/mqueue': 'its own message queues',
  '/sys': 'reading is harmless, writing is not',
};

const reason = ({ source }: MountRequest): string => `shows ${source} of the host`;

/** Without mappings of its own, the mount has those of the container's user namespace. */
async function mapOwners(tree: number, { uids, gids, options }: MountRequest, { proc }: Waiting): Promise<void> {
  const userns =
    uids?.length && gids?.length
      ? await openUserNamespace(uids, gids)
      : openSync(`${proc}/ns/user`, O_RDONLY | O_CLOEXEC);
  try {
    const flags = AT_EMPTY_PATH | (options.idmap === 'all' ? AT_RECURSIVE : 0);
    native.mountSetattr({ fd: tree, path: '', flags, set: MOUNT_ATTR_IDMAP, userns });
  } finally {
    closeSync(userns);
  }
}
