/** Part 2: what the kernel has to confirm of `pivot.steps`. */
import { check, type Bench } from '../../src/learn/check/check.ts';
import { mighty } from '../../src/learn/specs.ts';
import type { LabContainer } from '../../src/learn/stage.ts';
import { MS_BIND, MS_PRIVATE, MS_REC } from '../../src/linux/constants.ts';
import { mountAt, parseMountinfo, readMountinfo } from '../../src/linux/mountinfo.ts';
import type { AnyIsolator } from '../../src/runtime/isolators/index.ts';
import { IS_MOUNT, NO_LEAK } from './check-private.ts';
import { added, hostsIn, named } from './tree.ts';
import { mustPivot, onStandIn } from './watched.ts';

const PIVOT = 'isolators/rootfs.ts#pivot.steps';
export const OLD_GONE = 'the old root is gone';
const SAME_ROOT = 'whoever enters its mount namespace later finds the same root';

const oldGone = check(
  OLD_GONE,
  {
    slot: PIVOT,
    needs: [NO_LEAK, IS_MOUNT],
    see: 'cat /proc/PID/mountinfo    (PID: of the container)',
    hint: ({ refused, reason, left }) => [
      refused
        ? `${String(refused)} was refused. One errno stands for many reasons: look in mountinfo, at the line "kernel".`
        : 'After the swap the old root is still mounted: on top of the new one, or where you put it.',
      refused === 'pivot_root'
        ? whyText(String(reason))
        : refused === 'umount2'
          ? 'The old root is in use: the process stands in it, and /proc, /sys and more are mounted below. It goes with MNT_DETACH, all at once.'
          : `${String(left)} mounts of the host are in the container’s mountinfo. Which step unmounts them, and where does the process stand then?`,
      "fchdir(slot('root')), pivot_root('.', '.'), fchdir to the old root, and there umount2('.', MNT_DETACH).",
    ],
  },
  (t) =>
    onStandIn(t, {}, (seen) => {
      mustPivot(t, seen);
      const inside = readMountinfo(seen.container!.pid);
      const left = hostsIn(inside, seen.host.before());
      t.fact('left', left.length);
      t.must(left.length === 0, {
        did: 'swapped the roots',
        kernel: `of its ${inside.length} mounts ${left.length} are the host’s: ${named(left)}`,
        wanted: 'its own alone: the old root unmounted',
      });
      const missing = ['/', '/proc', '/dev', '/dev/pts', '/sys'].filter((path) => !mountAt(path, inside));
      t.must(missing.length === 0, {
        did: 'unmounted the old root',
        kernel: `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not in the container’s mountinfo`,
        wanted: 'its own mounts, all of them: only the old root goes',
      });
    }),
);

function whyText(reason: string): string {
  return {
    'not moved': 'The process still stands in its old root, so "." is that. Go into the new one first.',
    plain: 'The new root is a plain directory there: makePrivate has not bound it, or not this one.',
    shared:
      'A shared mount cannot become a root: pivoting it would reach the others that share it. Make it private or slave.',
    'parent shared':
      'The mount below it is shared: the swap would reach the others that share it. Make all of them private or slave.',
    missing:
      'The directory for the old root is not there. It needs none: pivot_root(".", ".") puts it on top of the new one.',
    other: 'The old root must get a place in the new one: a directory there, or the same place, pivot_root(".", ".").',
  }[reason]!;
}

const sameRoot = check(
  SAME_ROOT,
  {
    slot: PIVOT,
    needs: [OLD_GONE],
    see: 'nsenter --target PID --mount sh -c "ls /"    (PID: of the container)',
    hint: ({ exec, left }) => [
      'A process that enters a mount namespace (setns(2)) starts at the root of the namespace, not at that of its first process.',
      exec
        ? 'The process of an exec joins a container that is finished: it has no old root to get rid of, and slot("root") was never opened for it.'
        : `It found ${String(left)} mounts of the host: chroot changes the root of one process, the namespace keeps its own.`,
      exec
        ? "if (mode === 'exec') return; — before anything else."
        : "pivot_root('.', '.') changes the root of the namespace. Then no chroot is needed.",
    ],
  },
  (t) =>
    onStandIn(t, {}, async ({ host, container }) => {
      const entered = await enter(t, container!);
      const left = hostsIn(parseMountinfo(Buffer.from(entered)), host.before());
      t.fact('left', left.length);
      t.must(left.length === 0, {
        did: 'exec’ed `cat /proc/self/mountinfo` in the container',
        kernel: `${left.length} mounts of the host are there: ${named(left)}`,
        wanted: 'none: hidden is not gone',
      });
    }),
);

async function enter(t: Bench, container: LabContainer): Promise<string> {
  try {
    return (await container.inside(['cat', '/proc/self/mountinfo'])).output;
  } catch (error) {
    t.fact('exec', true);
    throw error;
  }
}

const nothingBelow = check(
  'nothing lies below the new root',
  {
    slot: PIVOT,
    needs: [SAME_ROOT],
    see: 'nsenter -t PID -m umount -l /; nsenter -t PID -m ls /    (PID: of the container)',
    hint: () => [
      'A mount can lie on top of another one. What comes to light when the topmost is taken away?',
      'With `umount -l /` in the container, the host’s root came to light: it was covered and not unmounted.',
      'MS_MOVE and chroot cover the old root (as --no-pivot does). pivot_root(2) swaps the two; then the old one can be unmounted.',
    ],
  },
  (t) =>
    onStandIn(t, { adjust: mighty }, async ({ host, container }) => {
      // The container's mounts are its own: whatever it takes away, it takes from itself.
      await container!.inside(['umount', '-l', '/']);
      const entered = await enter(t, container!).catch(() => '');
      const left = hostsIn(parseMountinfo(Buffer.from(entered)), host.before());
      t.must(left.length === 0, {
        did: 'ran `umount -l /` in the container, then entered it',
        kernel: `there are ${left.length} mounts of the host: ${named(left)}`,
        wanted: 'nothing: there is no other root',
      });
    }),
);

const standsInside = check(
  'after the pivot it stands in its new root',
  {
    slot: PIVOT,
    needs: [OLD_GONE],
    see: 'readlink /proc/PID/cwd /proc/PID/root    (in ./drydock try --step, after the step umount2; PID: of the container)',
    hint: () => [
      'Unmounting takes a directory out of the tree, not out of the hands of who stands in it. Look at /proc/PID/cwd.',
      'Its working directory is still the old root: from there `..` and every relative path lead through the host’s files (CVE-2024-21626 was such a directory).',
      "The last step: plan.chdir('/'), into the only root that is left.",
    ],
  },
  (t) =>
    onStandIn(t, {}, ({ before, container }) => {
      t.must(before.sethostname!.stands, {
        did: 'unmounted the old root',
        kernel: `the working directory of process ${container!.pid} was another directory than its root after that`,
        wanted: '/, the new root',
      });
    }),
);

const hostKeeps = check(
  'the host keeps all its mounts, even where they are still shared with the container',
  {
    slot: PIVOT,
    needs: [OLD_GONE],
    see: 'findmnt    (on the host, before and after)',
    hint: ({ lost }) => [
      'An unmount propagates as a mount does. To whom, when the old root is still shared with the host?',
      `The host has lost ${String(lost)} mounts: here only /, /dev and the new root had been made private, and your umount2 reached the host through all others.`,
      "Before the umount2, in the old root: plan.mount(null, '.', null, MS_SLAVE | MS_REC, null).",
    ],
  },
  (t) => {
    const stack = t.stack.map((isolator) => (isolator.name === 'rootfs' ? barelyPrivate(isolator) : isolator));
    return onStandIn(t, { stack }, (seen) => {
      mustPivot(t, seen);
      // Elsewhere mounts come and go without us: one ends with the directory that it is on, in all namespaces.
      const kernels = seen.host.before().filter(({ mountPoint }) => /^\/(sys|proc|dev)\b/.test(mountPoint));
      const lost = added(seen.host.mounts(), kernels);
      t.fact('lost', lost.length);
      t.must(lost.length === 0, {
        did: 'unmounted the old root, whose mounts were shared',
        kernel: `the host has lost ${lost.length} mounts: ${named(lost)}`,
        wanted: 'none',
      });
    });
  },
);

/** Only what must be is private: `/`, the new root, and `/dev`, where mounts are made ready. What hangs below is shared. */
function barelyPrivate(rootfs: AnyIsolator): AnyIsolator {
  return {
    ...rootfs,
    steps(plan, { mode }, root: string) {
      if (mode === 'exec') return;
      for (const path of ['/', '/dev', root]) plan.mount(null, path, null, MS_PRIVATE, null);
      plan.mount(root, root, null, MS_BIND | MS_REC, null);
      plan.open_root(root).into('root');
    },
  };
}

export const pivotChecks = [oldGone, sameRoot, nothingBelow, standsInside, hostKeeps];
