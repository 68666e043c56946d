/**
 * What the kernel has to confirm in lesson rootfs: the two links of /proc/PID that say where a process's paths start and
 * where it stands, for the first process and for one that joins it; that nothing lies above; and which folders are
 * refused before anything is made.
 */
import {
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DrydockError } from '../../src/errors.ts';
import { check, type Bench } from '../../src/learn/check/check.ts';
import type { LabOptions } from '../../src/learn/stage.ts';
import { upTo } from '../up-to.ts';
import { escape, whoseFiles } from './escape.ts';

const STEPS = 'isolators/rootfs.ts#chroot.steps';
const CHECKED = 'isolators/rootfs.ts#checkedRoot';
const ROOT = 'paths of the container start in the folder that config.json names';
const REAL = 'the answer is the real folder, without links';

const LAB = 'ID=drydock-lab';
const args = ['sleep', '1000'];

/** The calls by which the learner's plan changes the root, as text. */
const calls = ['fchdir', 'chdir', 'chroot', 'pivot_root'];

const root = check(
  ROOT,
  {
    slot: STEPS,
    see: 'readlink /proc/PID/root; grep ^ID= /proc/PID/root/etc/os-release    (PID: of the container)',
    hint: ({ did, root }) => [
      'The kernel keeps for each process where its paths start: /proc/PID/root. Who changes it, and from which place?',
      did === ''
        ? 'Your plan has no chroot in it: the root is still that of the helper.'
        : `Your plan says ${String(did)}, and the root is ${String(root)}. chroot(".") takes the place where the process stands: was it moved first?`,
      "plan.fchdir(slot('root')).because('…'), and then plan.chroot('.').because('…').",
    ],
  },
  async (t) => {
    const { pid, did, wanted } = await watched(t);
    const seen = t.fact('root', readlinkSync(`/proc/${pid}/root`));
    t.must(isSame(`/proc/${pid}/root`, wanted), {
      did: t.fact('did', did.join(', ')) || 'recorded no step that changes the root',
      kernel: `/proc/${pid}/root is ${seen}`,
      wanted,
    });
  },
);

const stands = check(
  'the process stands inside its root from the moment that it has one',
  {
    slot: STEPS,
    needs: [ROOT],
    see: './drydock try --upto rootfs --step ls; from outside: readlink /proc/PID/cwd    (PID: of the container)',
    hint: ({ did, cwd }) => [
      'chroot moves where paths start. Does it move the process, too? /proc/PID/cwd says where it stands.',
      `After ${String(did)} it stands in ${String(cwd)}, outside of its root: from there \`..\` never comes by it.`,
      "Into the directory first: plan.fchdir(slot('root')). Then chroot('.') makes the place where it stands the root.",
    ],
  },
  async (t) => {
    const { did, cwd, wanted } = await watched(t);
    t.fact('did', did.join(', '));
    t.fact('cwd', cwd.path);
    t.must(cwd.isRoot, {
      did: did.join(', '),
      kernel: `right after the chroot, cwd is ${cwd.path}`,
      wanted,
    });
  },
);

const joins = check(
  'a second process of the container has the same root',
  {
    slot: STEPS,
    needs: [ROOT],
    see: './drydock oci exec ID grep ^ID= /etc/os-release',
    hint: ({ seen }) => [
      'exec starts a second process in a container that runs. By which function does it get its root?',
      `It read ${String(seen)}: the files of the host. Your steps come in both modes, 'create' and 'exec'.`,
      "slot('root') is there for an exec, too: record the same two steps, whatever `mode` is.",
    ],
  },
  async (t) => {
    const container = await t.run({ args, stack: upTo('rootfs', t.stack) });
    const { output } = await container.inside(['sh', '-c', whoseFiles]);
    const seen = t.fact('seen', output.trim());
    t.must(seen === LAB, { did: `exec sh -c "${whoseFiles}"`, kernel: seen, wanted: LAB });
  },
);

const above = check(
  'with mounts of its own nothing lies above its root',
  {
    slot: STEPS,
    needs: [ROOT],
    see: './drydock try --upto mounts --without pivot cat /proc/self/mountinfo',
    hint: ({ seen, did }) => [
      'This container has a mount namespace. Root in it opens a directory, makes a second root below, and climbs.',
      `It came out at ${String(seen)}: above its root the host's tree is still mounted. Your steps: ${String(did)}.`,
      "if (mode === 'create' && hasOwnMounts(spec, stack)) coverHost(plan), between the fchdir and the chroot.",
    ],
  },
  async (t) => {
    const did: string[] = [];
    const stack = upTo('mounts', t.stack).filter(({ name }) => name !== 'pivot');
    const container = await t.run({
      args: ['sh', '-c', escape(whoseFiles)],
      stack,
      onStep: (step) => void ('isolator' in step && step.isolator === 'chroot' && did.push(step.call)),
    });
    await container.ended();
    const seen = t.fact('seen', container.output().trim());
    t.fact('did', did.join(', '));
    t.must(seen === LAB, {
      did: `${did.join(', ')}; then the container kept a directory open, changed its root and climbed`,
      kernel: `it reads ${seen || 'nothing'}`,
      wanted: `${LAB}: the way up ends at its own root`,
    });
  },
);

const real = check(
  REAL,
  {
    slot: CHECKED,
    see: 'realpath FOLDER/../LINK',
    hint: ({ given, got }) => [
      'One folder has many names: through a link, with `..` in it. Which one should the rest of the runtime work with?',
      `For ${String(given)} your answer is ${String(got)}.`,
      'realpathSync(path) asks the kernel for the name without links and `..`: give that back.',
    ],
  },
  async (t) =>
    inFolder((folder) => {
      mkdirSync(join(folder, 'tree'));
      symlinkSync('tree', join(folder, 'link'));
      for (const given of ['tree', 'link', 'tree/../link']) {
        const got = t.fact('got', rootOf(t, `${folder}/${given}`).answer);
        t.fact('given', given);
        t.must(got === join(folder, 'tree'), {
          did: `checkedRoot("…/${given}") = ${String(got)}`,
          kernel: `the real path is ${join(folder, 'tree')}`,
          wanted: join(folder, 'tree'),
        });
      }
    }),
);

const refuses = (title: string, paths: (folder: string) => string[], hint: readonly [string, string]) =>
  check(
    title,
    {
      slot: CHECKED,
      needs: [REAL],
      see: './drydock oci create, with "root": {"path": …} in config.json',
      hint: ({ given, got }) => [
        'A wrong root is a mistake in config.json, and its author has to be told: with a code, and which folder.',
        `For ${String(given)} you ${String(got)}. ${hint[0]}`,
        hint[1],
      ],
    },
    async (t) =>
      inFolder((folder) => {
        writeFileSync(join(folder, 'file'), '');
        symlinkSync('/', join(folder, 'link-to-root'));
        for (const given of paths(folder)) {
          const { answer, error } = rootOf(t, given);
          t.fact('given', given);
          const got = t.fact('got', error === undefined ? `answered ${String(answer)}` : `threw ${nameOf(error)}`);
          t.must(error instanceof DrydockError && error.code === 'ROOTFS_INVALID', {
            did: `checkedRoot("${given}") ${got}`,
            kernel: `${given} cannot be a root`,
            wanted: 'a DrydockError with the code ROOTFS_INVALID',
          });
        }
      }),
  );

const nothing = refuses(
  'a folder that is not there, and a file, are refused',
  (folder) => [join(folder, 'nothing'), join(folder, 'file')],
  [
    'What realpathSync throws has no code of ours, and a file is no directory.',
    "catch it and throw notRoot(path, …); and ask statSync(real).isDirectory(): throw notRoot(path, 'it is not a directory').",
  ],
);

const host = refuses(
  'the host’s own / is refused, by whatever name',
  (folder) => ['/', '/tmp/..', join(folder, 'link-to-root')],
  [
    'A container whose root is / has no wall. Compare the real path, not the one that was given.',
    "if (real === '/') throw notRoot(path, 'it is the host’s own /').",
  ],
);

const nothingLeft = check(
  'nothing is left behind',
  {
    see: 'findmnt; ls /run/drydock',
    hint: (facts) => [
      'Each container has a scratch file system, which is mounted before its first process and unmounted after its last.',
      `Counted: ${String(facts.left)}.`,
      'Look which process still has its root in there: ls -l /proc/*/root.',
    ],
  },
  async (t) => {
    const { processes, mounts, cgroups } = await t.leftBehind();
    const left = t.fact('left', `processes ${processes}, mounts ${mounts}, cgroups ${cgroups}`);
    t.must(processes + mounts + cgroups === 0, { did: 'removed every container', kernel: left, wanted: '0, 0, 0' });
  },
);

export const checks = [root, stands, joins, above, real, nothing, host, nothingLeft];

/** A container of the lessons so far, and what its process had right after the chroot. */
async function watched(t: Bench) {
  const did: string[] = [];
  let before = '';
  let cwd = { path: '(never)', isRoot: false };
  const onStep: LabOptions['onStep'] = (step, _, pid) => {
    if (before === 'chroot')
      cwd = { path: readlinkSync(`/proc/${pid}/cwd`), isRoot: isSame(`/proc/${pid}/cwd`, `/proc/${pid}/root`) };
    before = step.call;
    if ('args' in step && calls.includes(step.call) && step.isolator === 'chroot')
      did.push(`${step.call}(${step.args.map(shown).join(', ')})`);
  };
  const { pid, spec } = await t.run({ args, stack: upTo('rootfs', t.stack), onStep });
  return { pid, did, cwd, wanted: realpathSync(spec.root.path) };
}

const shown = (arg: unknown): string =>
  typeof arg === 'object' && arg !== null && 'fd' in arg ? String(arg.fd) : JSON.stringify(arg);

/** The same directory, by device and inode: names may differ. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [statSync(one), statSync(other)];
  return a.dev === b.dev && a.ino === b.ino;
}

function rootOf(t: Bench, path: string): { answer?: unknown; error?: unknown } {
  const solved = t.solved(CHECKED);
  if (solved.kind !== 'function') return {};
  try {
    return { answer: (solved.run as unknown as (path: string) => unknown)(path) };
  } catch (error) {
    return { error };
  }
}

const nameOf = (error: unknown): string =>
  error instanceof DrydockError
    ? error.code
    : error instanceof Error
      ? `${error.name}: ${error.message}`
      : String(error);

function inFolder(work: (folder: string) => void): void {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'drydock-rootfs-')));
  try {
    work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
