/** What people get wrong about a root, and about the folder that becomes one. */
import type { Mistake } from '../../src/learn/mistake.ts';

const STEPS = 'isolators/rootfs.ts#chroot.steps';
const CHECKED = 'isolators/rootfs.ts#checkedRoot';
const REFUSED = 'a folder that is not there, and a file, are refused';

const moved = "plan.fchdir(slot('root')).because('chroot does not move the process');";
const changed = "plan.chroot('.').because('from here on / is the container’s');";
const covered = "if (mode === 'create' && hasOwnMounts(spec, stack)) coverHost(plan);";

export const mistakes: readonly Mistake[] = [
  {
    title: 'the process is not moved first',
    slot: STEPS,
    body: [changed, 'void [spec, mode, stack];'],
    fails: 'paths of the container start in the folder that config.json names',
    hint: /takes the place where the process stands: was it moved first/,
  },
  {
    title: 'the root is changed by its path, and the process stays outside',
    slot: STEPS,
    body: [
      "if (mode === 'create') plan.chroot(spec.root.path).because('its root');",
      `else { ${moved} ${changed} }`,
      'void stack;',
    ],
    fails: 'the process stands inside its root from the moment that it has one',
    hint: /outside of its root: from there `\.\.` never comes by it/,
  },
  {
    title: 'an exec is left out, as in the isolator beside it',
    slot: STEPS,
    body: ["if (mode === 'exec') return;", moved, covered, changed],
    fails: 'a second process of the container has the same root',
    hint: /whatever `mode` is/,
  },
  {
    title: 'the host stays mounted above the root',
    slot: STEPS,
    body: [moved, changed, 'void [spec, mode, stack];'],
    fails: 'with mounts of its own nothing lies above its root',
    hint: /the host's tree is still mounted/,
  },
  {
    title: 'the path is given back as it came',
    slot: CHECKED,
    body: [
      "if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw notRoot(path, 'it is not a directory');",
      "if (realpathSync(path) === '/') throw notRoot(path, 'it is the host’s own /');",
      'return path;',
    ],
    fails: 'the answer is the real folder, without links',
    hint: /give that back/,
  },
  {
    title: 'the look-up throws what it likes',
    slot: CHECKED,
    body: [
      'const real = realpathSync(path);',
      "if (!statSync(real).isDirectory() || real === '/') throw notRoot(path, 'it is no root');",
      'return real;',
    ],
    fails: REFUSED,
    hint: /What realpathSync throws has no code of ours/,
  },
  {
    title: 'only the name / is refused, not the folder',
    slot: CHECKED,
    body: [
      "if (path === '/' || !statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw notRoot(path, 'it is no root');",
      'return realpathSync(path);',
    ],
    fails: 'the host’s own / is refused, by whatever name',
    hint: /Compare the real path, not the one that was given/,
  },
];
