/** What people get wrong about propagation, and about the swap of two roots. */
import type { Mistake } from '../../src/learn/mistake.ts';

const PRIVATE = 'isolators/rootfs.ts#makePrivate';
const PIVOT = 'isolators/rootfs.ts#pivot.steps';
const PROPAGATION = 'isolators/propagation.ts#steps';
const NO_LEAK = 'the mounts of the container are its own: none appears on the host';
const IS_MOUNT = 'the new root is a mount, with all that is mounted in it';
const OLD_GONE = 'the old root is gone';
const SAME_ROOT = 'whoever enters its mount namespace later finds the same root';
const TIED = 'a volume that is asked for as rshared shows the mounts of both sides';

const cut = "plan.mount(null, '/', null, MS_REC | MS_SLAVE, null);";
const bind = 'plan.mount(root, root, null, MS_BIND | MS_REC, null);';

/** The steps of the pivot, with some of them changed or left out. */
const pivot = (changes: Partial<Record<keyof typeof steps, string>>): string[] =>
  Object.values({ ...steps, ...changes }).filter(Boolean);

const steps = {
  guard: "if (mode === 'exec') return;",
  wayBack: "plan.open('/', O_PATH | O_DIRECTORY).into('old-root');",
  enter: "plan.fchdir(slot('root'));",
  swap: "plan.pivot_root('.', '.');",
  goBack: "plan.fchdir(slot('old-root'));",
  cutOff: "plan.mount(null, '.', null, MS_SLAVE | MS_REC, null);",
  unmount: "plan.umount2('.', MNT_DETACH);",
  arrive: "plan.chdir('/');",
};

const taken = [
  'for (const request of mountRequests(spec, host.bundle))',
  '  if (isTied(request, host.features))',
  '    plan.open_tree(request.source!, Number(request.recursive)).into(tiedSlot(request));',
];
const asked = [
  "const wanted = propagations[spec.linux?.rootfsPropagation ?? ''];",
  "if (wanted !== undefined) plan.mount(null, '/', null, wanted, null);",
];
const guard = "if (mode === 'exec' || !isNew(spec, 'mount')) return;";

export const mistakes: readonly Mistake[] = [
  {
    title: 'a new mount namespace is thought to be enough',
    slot: PRIVATE,
    body: [bind],
    fails: NO_LEAK,
    hint: /no step has changed it/,
  },
  {
    title: 'chroot is thought to be enough',
    slot: PIVOT,
    body: pivot({ wayBack: '', swap: "plan.chroot('.');", goBack: '', cutOff: '', unmount: '', arrive: '' }),
    fails: SAME_ROOT,
    hint: /chroot changes the root of one process/,
  },
  {
    title: 'the old root is left where it is',
    slot: PIVOT,
    body: pivot({ goBack: '', cutOff: '', unmount: '' }),
    fails: OLD_GONE,
    hint: /mounts of the host are in the container’s mountinfo/,
  },
  {
    title: 'only the topmost mount is cut off',
    slot: PRIVATE,
    body: ["plan.mount(null, '/', null, MS_SLAVE, null);", bind],
    fails: NO_LEAK,
    hint: /MS_REC is missing/,
  },
  {
    title: 'the ties are cut after the bind',
    slot: PRIVATE,
    body: [bind, cut],
    fails: NO_LEAK,
    hint: /it comes too early/,
  },
  {
    title: 'a directory is taken for a mount',
    slot: PRIVATE,
    body: [cut],
    fails: IS_MOUNT,
    hint: /EBUSY or EINVAL, whichever mount it lies on/,
  },
  {
    title: 'what is mounted in the root is forgotten',
    slot: PRIVATE,
    body: [cut, 'plan.mount(root, root, null, MS_BIND, null);'],
    fails: IS_MOUNT,
    hint: /the bind took the top alone/,
  },
  {
    title: 'the new root is not entered before the swap',
    slot: PIVOT,
    body: pivot({ enter: '' }),
    fails: OLD_GONE,
    hint: /still stands in its old root/,
  },
  {
    title: 'the old root is given a directory that is not there',
    slot: PIVOT,
    body: pivot({ swap: "plan.pivot_root('.', 'old');" }),
    fails: OLD_GONE,
    hint: /It needs none/,
  },
  {
    title: 'the old root is given a directory outside of the new one',
    slot: PIVOT,
    body: pivot({ swap: "plan.pivot_root('.', '/');" }),
    fails: OLD_GONE,
    hint: /must get a place in the new one/,
  },
  {
    title: 'the old root is unmounted while it is in use',
    slot: PIVOT,
    body: pivot({ unmount: "plan.umount2('.', 0);" }),
    fails: OLD_GONE,
    hint: /goes with MNT_DETACH/,
  },
  {
    title: 'an exec pivots, too',
    slot: PIVOT,
    body: pivot({ guard: '' }),
    fails: SAME_ROOT,
    hint: /joins a container that is finished/,
  },
  {
    title: 'the old root is covered',
    slot: PIVOT,
    body: pivot({
      wayBack: '',
      swap: "plan.mount('.', '/', null, MS_MOVE, null);",
      goBack: "plan.chroot('.');",
      cutOff: '',
      unmount: '',
    }),
    fails: 'nothing lies below the new root',
    hint: /covered and not unmounted/,
  },
  {
    title: 'the process stays in the directory that it has unmounted',
    slot: PIVOT,
    body: pivot({ arrive: '' }),
    fails: 'after the pivot it stands in its new root',
    hint: /working directory is still the old root/,
  },
  {
    title: 'an unmount is thought to stay at home',
    slot: PIVOT,
    body: pivot({ cutOff: '' }),
    fails: 'the host keeps all its mounts, even where they are still shared with the container',
    hint: /your umount2 reached the host/,
  },
  {
    title: 'a tie is thought to survive the cut',
    slot: PROPAGATION,
    body: [guard, ...asked],
    fails: TIED,
    hint: /no step has filled its slot/,
  },
  {
    title: 'an exec takes the volumes, too',
    slot: PROPAGATION,
    body: [...taken, ...asked],
    fails: TIED,
    hint: /Return at once when mode is 'exec'/,
  },
  {
    title: 'linux.rootfsPropagation is overlooked',
    slot: PROPAGATION,
    body: [guard, ...taken],
    fails: 'the root has the propagation that config.json asks for',
    hint: /It asked for "shared", and \/ inside is "slave"/,
  },
];
