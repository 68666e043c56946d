/** Part 1: what the kernel has to confirm of `makePrivate`. The root is still changed by chroot here. */
import { join } from 'node:path';
import { labRoot } from '../../src/lab/lab.ts';
import { check, consequence, type Bench } from '../../src/learn/check/check.ts';
import { namespaceOf } from '../../src/learn/facts.ts';
import type { StandIn } from '../../src/learn/stand-in.ts';
import { mountAt } from '../../src/linux/mountinfo.ts';
import type { AnyIsolator } from '../../src/runtime/isolators/index.ts';
import { added, named, propagationOf } from './tree.ts';
import { onStandIn, type Wishes } from './watched.ts';

const PRIVATE = 'isolators/rootfs.ts#makePrivate';
export const NO_LEAK = 'the mounts of the container are its own: none appears on the host';
export const IS_MOUNT = 'the new root is a mount, with all that is mounted in it';

const without = (stack: readonly AnyIsolator[], name: string): AnyIsolator[] =>
  stack.filter((isolator) => isolator.name !== name);

/** The learner has come to part 1: the root is still changed by chroot. */
const beforePivot = ({ stack }: Bench): AnyIsolator[] => without(stack, 'pivot');

/** `makePrivate` comes right before this step, so this is what it has made. */
const MADE = 'open_root';

const noLeak = check(
  NO_LEAK,
  {
    slot: PRIVATE,
    see: 'findmnt -o TARGET,PROPAGATION    (then in ./drydock try --upto mounts sh)',
    hint: ({ leaked, root, others }) => [
      'A new mount namespace is a copy of the old one, and a copy of a shared mount is its twin. Look at PROPAGATION in findmnt.',
      root === 'shared'
        ? `Right before the first mount the container’s / is still shared: no step has changed it. So ${String(leaked)} mounts went over.`
        : others
          ? `Its / is ${String(root)} by then, but ${String(others)} of the mounts below are still shared: MS_REC is missing.`
          : 'In the end nothing is shared, but the bind was made while it still was: it comes too early.',
      "First of all: plan.mount(null, '/', null, MS_REC | MS_SLAVE, null). MS_REC is for everything below; MS_PRIVATE would do, too.",
    ],
  },
  (t) =>
    onStandIn(t, { stack: beforePivot(t) }, ({ host, refused, before }) => {
      const made = before[MADE]!.mounts;
      t.fact('root', propagationOf(mountAt('/', made)!));
      t.fact('others', made.filter(({ tags }) => tags.shared).length);
      const leaked = added(host.before(), host.mounts());
      t.fact('leaked', leaked.length);
      t.must(leaked.length === 0, {
        did: `mounted /proc, /dev and more${refused ? `, up to step ${refused.step}, which was refused` : ''}`,
        kernel: `${leaked.length} new mounts on the host: ${named(leaked)}`,
        wanted: 'none: in the container every mount is private or slave',
      });
      if (refused) throw refused;
    }),
);

const ownNamespace = consequence(
  'it has a mount namespace of its own',
  { slot: PRIVATE, needs: [NO_LEAK], see: 'readlink /proc/self/ns/mnt /proc/PID/ns/mnt    (PID: of the container)' },
  (t) =>
    onStandIn(t, { stack: beforePivot(t) }, ({ host, container }) => {
      const [theirs, ours] = [namespaceOf(container!.pid, 'mnt'), namespaceOf(host.pid, 'mnt')];
      t.must(theirs !== ours, {
        did: 'clone(NEWNS)',
        kernel: `/proc/${container!.pid}/ns/mnt is ${theirs}, and so is the host’s`,
        wanted: 'another one',
      });
    }),
);

const isMount = check(
  IS_MOUNT,
  {
    slot: PRIVATE,
    needs: [NO_LEAK],
    see: 'findmnt --target DIRECTORY; findmnt --submounts DIRECTORY',
    hint: ({ inner }) => [
      'root.path in config.json is a directory. Is it a mount, too? `findmnt DIRECTORY` says nothing when it is not.',
      inner === false
        ? 'It is one, but what was mounted in the directory is missing from it: the bind took the top alone.'
        : 'Here it is a plain directory. pivot_root(2) would answer EBUSY or EINVAL, whichever mount it lies on.',
      'plan.mount(root, root, null, MS_BIND | MS_REC, null), after the propagation is changed: a bind of a shared mount is shared.',
    ],
  },
  async (t) => {
    const plain = await labRoot(process.env.DRYDOCK_ROOT ?? '/var/lib/drydock');
    const inner = join(plain, 'srv');
    const mountInside = ({ sh }: StandIn): AnyIsolator => ({
      name: 'inner',
      summary: 'something that is mounted in the root already',
      prepare: () => void sh(`mount -t tmpfs inner ${inner}`),
    });
    const wishes: Wishes = {
      stack: beforePivot(t),
      inFront: (host) => [mountInside(host)],
      // Others use that tree, too: it is only looked at.
      adjust: (spec) => ({ ...spec, root: { path: plain, readonly: true } }),
    };
    await onStandIn(t, wishes, ({ before, refused }) => {
      const made = before[MADE]?.mounts;
      if (!made) throw refused!;
      const own = mountAt(plain, made);
      t.must(own !== undefined, {
        did: 'opened the new root',
        kernel: `${plain} is a plain directory on the mount ${mountAt('/', made)?.mountPoint}`,
        wanted: 'a mount: the directory, bound on itself',
      });
      const below = made.some(({ parent, mountPoint }) => parent === own!.id && mountPoint === inner);
      t.must(t.fact('inner', below), {
        did: `bound ${plain} on itself`,
        kernel: `a tmpfs was mounted on ${inner}, and the bind does not show it`,
        wanted: 'the directory with all its mounts',
      });
    });
  },
);

export const privateChecks = [noLeak, ownNamespace, isMount];
