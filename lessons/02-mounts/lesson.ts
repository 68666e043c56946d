/** Lesson mounts: a mount namespace that is really its own, and a root file system that nothing leads out of. */
import type { Lesson } from '../../src/learn/lesson.ts';

export const lesson: Lesson = {
  name: 'mounts',
  number: 2,
  title: 'its own mounts, and no way back',
  minutes: 90,
  question: 'Whose mounts does a container see, and who sees those that it makes?',
  requires: ['process', 'rootfs'],
  slots: [
    {
      name: 'isolators/rootfs.ts#makePrivate',
      source: 'src/runtime/isolators/rootfs.ts',
      file: 'isolators/rootfs.ts',
      title: 'part 1, private: cut the ties to the host, make the new root a mount',
      minutes: 10,
      todo: [
        'two calls of mount(2), each one step of the plan.',
        'The process has a copy of all mounts of the host. Where those are shared, the copies are their twins.',
        "First: change the propagation of `/` and of everything below it: plan.mount(null, '/', null, FLAGS, null).",
        'Then bind `root` on itself, with all that is mounted in it: pivot_root(2) takes a mount, not a directory.',
        "Say why, for --explain: .because('…').",
      ],
      body: [],
    },
    {
      name: 'isolators/rootfs.ts#pivot.steps',
      source: 'src/runtime/isolators/rootfs.ts',
      file: 'isolators/rootfs.ts',
      title: 'part 2, pivot: swap the roots, unmount the old one',
      minutes: 35,
      todo: [
        "what stands here is chroot: it hides the host's mounts and keeps every one of them.",
        "pivot_root(2) puts the new root where the old one was. The page's last section shows how to do it without",
        "a directory for the old one: pivot_root('.', '.'). The old root then lies on top of the new one.",
        '  a way back to the old root for later: plan.open(…).into(SLOT), and fchdir(slot(SLOT))',
        "  stand in the new root: rootfs.steps has left it open as slot('root')",
        '  pivot; go back to the old root; cut it off once more; unmount all of it at once; enter the new /',
        'A process that joins later (mode `exec`) finds the root as it is.',
      ],
      body: ["if (mode === 'exec') return;", "plan.fchdir(slot('root'));", "plan.chroot('.');"],
    },
    {
      name: 'isolators/propagation.ts#steps',
      source: 'src/runtime/isolators/propagation.ts',
      file: 'isolators/propagation.ts',
      title: 'further: volumes that stay tied to the host, because config.json says so',
      minutes: 20,
      todo: [
        'this isolator stands before rootfs in the stack, so its steps come before makePrivate cuts the ties.',
        'Each of mountRequests(spec, host.bundle) that isTied(request, host.features): take a copy of its tree,',
        'plan.open_tree(SOURCE, 1 with all below it or 0), into the slot that tiedSlot(request) names.',
        'And when linux.rootfsPropagation says something (propagations has the flags): set it on `/`. That step waits',
        'for phase `seal`, when `/` is the container’s own.',
        'Not for an exec, and not without a new mount namespace: isNew(spec, …).',
      ],
      body: ['void plan;'],
    },
  ],
  task: [
    'First, in ten minutes, `makePrivate`: a new mount namespace is a copy of the old one, and the copies of shared',
    'mounts are tied to their originals. Cut the ties, and make the new root a mount of its own. Then `pivot.steps`:',
    'seven steps that swap the roots and unmount the host’s whole tree, so that nothing is left to walk back to.',
    'Further: `propagation`, for the volumes that are meant to stay tied.',
  ],
  hints: [
    'Ask the kernel, not the errno: `findmnt -o TARGET,PROPAGATION`, or the tags `shared:N` in /proc/self/mountinfo.',
    'pivot_root(2) has one EINVAL for many reasons. The new root must be a mount, and neither it nor its parent shared.',
    'The last section of pivot_root(2) does it with `.` for both: chdir(new_root); pivot_root(".", "."); umount2(".", MNT_DETACH).',
  ],
};
