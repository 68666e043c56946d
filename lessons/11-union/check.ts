/* eslint-disable max-lines -- one lesson, one list: splitting the checks would hide their order */
/**
 * What has to hold in lesson union. The order and the marks are judged by the kernel: layers are stacked by it, and what it shows
 * is looked at; what it leaves in the upper directory of a container that deletes is what `fromDisk` has to understand.
 */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../../src/errors.ts';
import { check, consequence, type Bench } from '../../src/learn/check/check.ts';
import { O_DIRECTORY, O_RDONLY, S_IFCHR, S_IFDIR, S_IFMT } from '../../src/linux/constants.ts';
import { native } from '../../src/linux/native.ts';
import { attribute } from '../../src/snapshots/tree.ts';
import { opaqueAttribute, type Act, type Found, type Meaning, type Whiteouts } from '../../src/snapshots/whiteouts.ts';
import { withStack, type Stack } from './stack.ts';

const CHAIN = 'snapshots/record.ts#chainFrom';
const TO_DISK = 'snapshots/whiteouts.ts#onDisk';
const FROM_DISK = 'snapshots/whiteouts.ts#fromDisk';

const ALL = 'a container sees the files of every layer, down to the base';
const DEVICE = 'a whiteout becomes a character device 0:0, and hides the file below';
const FOUND = 'a file that a container has deleted is found as a whiteout';

type OnDisk = (meaning: Meaning, whiteouts: Whiteouts, userxattr?: boolean) => Act | undefined;
type FromDisk = (found: Found, whiteouts: Whiteouts) => Meaning;

const solvedAs = <T>(t: Bench, slot: string): T => {
  const solved = t.solved(slot);
  if (solved.kind !== 'function') throw new DrydockError('INTERNAL', `${slot} is a function`);
  return solved.run as T;
};

/** Three layers: each has a file of its own, and one that all have. */
async function three({ layer }: Stack): Promise<void> {
  let parent: string | undefined;
  for (const name of ['base', 'middle', 'top']) {
    await layer(name, parent, (own) => {
      writeFileSync(join(own, name), name);
      writeFileSync(join(own, 'whose'), name);
    });
    parent = name;
  }
}

const lowerOf = async ({ snapshots }: Stack): Promise<string> => {
  const [mount] = await snapshots.mounts('box');
  return mount?.options.find((option) => option.startsWith('lowerdir=')) ?? `${mount?.type}: no lowerdir`;
};

const all = check(
  ALL,
  {
    slot: CHAIN,
    see: 'grep overlay /proc/self/mounts',
    hint: ({ missing }) => [
      'Look at lowerdir= in the mount: how many directories does it have, and how many layers are there?',
      `"${String(missing)}" is not to be seen: its layer is not in the chain. One that is left out takes its files with it.`,
      'Begin with find(name) itself; go on with record.parent, as long as there is one; push each.',
    ],
  },
  (t) =>
    withStack(t.runtime, async (stack) => {
      await three(stack);
      const seen = await stack.box('top', (path) => readdirSync(path));
      const missing = t.fact('missing', ['base', 'middle', 'top'].filter((name) => !seen.includes(name)).join(', '));
      t.must(missing === '', {
        did: await lowerOf(stack),
        kernel: `the mount shows ${seen.join(', ')}`,
        wanted: 'base, middle, top, whose',
      });
    }),
);

const order = check(
  'where several layers have a file, the nearest one wins',
  {
    slot: CHAIN,
    needs: [ALL],
    see: 'grep -o "lowerdir=[^,]*" /proc/self/mounts    (overlayfs.rst, "Multiple lower layers")',
    hint: ({ whose }) => [
      'The kernel looks a name up from left to right in lowerdir=, and takes the first that has it.',
      `The file of "${String(whose)}" won, so that layer came first. The base has to be last.`,
      'Go from the snapshot towards the base, and append: the nearest stands first.',
    ],
  },
  (t) =>
    withStack(t.runtime, async (stack) => {
      await three(stack);
      const whose = t.fact('whose', await stack.box('top', (path) => readFileSync(join(path, 'whose'), 'utf8')));
      t.must(whose === 'top', { did: await lowerOf(stack), kernel: `whose says "${whose}"`, wanted: 'top' });
    }),
);

const committed = check(
  'what somebody still writes into is nobody’s parent',
  {
    slot: CHAIN,
    see: 'src/snapshots/snapshotter.ts, "The life of a snapshot"',
    hint: ({ got }) => [
      'A lower directory must not change while it is below a mount. Which snapshots never change again?',
      `A child of an active snapshot got the answer ${String(got)}. Its files could change under the child at any time.`,
      "if (at.record.kind !== 'committed') throw new DrydockError('SNAPSHOT_MISSING', …);",
    ],
  },
  (t) =>
    withStack(t.runtime, async ({ snapshots }) => {
      await snapshots.prepare('active');
      const answer = await snapshots.prepare('child', 'active').then(
        () => 'a snapshot',
        (error: { code?: string; message: string }) => error.code ?? error.message,
      );
      const got = t.fact('got', answer);
      t.must(got === 'SNAPSHOT_MISSING', {
        did: "prepare('child', 'active')",
        kernel: got,
        wanted: 'SNAPSHOT_MISSING',
      });
    }),
);

/** Does in a directory what the learner's function has said. */
function act(folder: string, what: Act | undefined): void {
  const fd = openSync(folder, O_RDONLY | O_DIRECTORY);
  try {
    if (what?.call === 'mknod') native.mknodAt(fd, what.name, what.mode, what.device);
    if (what?.call === 'setxattr') native.setxattr(fd, what.name, what.value);
  } finally {
    closeSync(fd);
  }
}

const textOf = (what: unknown): string =>
  JSON.stringify(what, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)) ?? 'undefined';
const said = (what: Act | undefined): string =>
  what === undefined ? 'undefined' : textOf({ ...what, ...('name' in what && { name: what.name.toString() }) });

const device = check(
  DEVICE,
  {
    slot: TO_DISK,
    see: 'stat -c "%F %t:%T" UPPER/FILE',
    hint: ({ did }) => [
      'Delete a file in an overlay by hand and look into its upper directory: what has the kernel put there?',
      `You said ${String(did)}. The kernel knows a whiteout by its type and number: a character device 0:0, of the name that is hidden.`,
      "{ call: 'mknod', name: meaning.hides, mode: S_IFCHR, device: 0n }",
    ],
  },
  (t) =>
    withStack(t.runtime, async (stack) => {
      await stack.layer('base', undefined, (own) => writeFileSync(join(own, 'motd'), 'hello'));
      const what = solvedAs<OnDisk>(t, TO_DISK)({ is: 'whiteout', hides: Buffer.from('motd') }, 'overlay');
      const did = t.fact('did', said(what));
      await stack.layer('next', 'base', (own) => act(own, what));
      const seen = await stack.box('next', (path) => existsSync(join(path, 'motd')));
      t.must(!seen && what?.call === 'mknod', {
        did,
        kernel: `motd is ${seen ? 'there' : 'gone'}`,
        wanted: 'gone, by mknod',
      });
    }),
);

const opaque = check(
  'an opaque mark becomes an attribute, and hides all that the directory has below',
  {
    slot: TO_DISK,
    needs: [DEVICE],
    see: 'getfattr -h -d -m - UPPER/DIR',
    hint: ({ did }) => [
      'Delete a directory in an overlay by hand, make it again, and ask for its attributes: getfattr -d -m - UPPER/DIR.',
      `You said ${String(did)}. The kernel wants the attribute trusted.overlay.opaque with the one letter y on the directory itself.`,
      "{ call: 'setxattr', name: opaqueAttribute(userxattr), value: Buffer.from('y') }",
    ],
  },
  (t) =>
    withStack(t.runtime, async (stack) => {
      await stack.layer('base', undefined, (own) => {
        mkdirSync(join(own, 'etc'));
        writeFileSync(join(own, 'etc/old'), '');
      });
      const what = solvedAs<OnDisk>(t, TO_DISK)({ is: 'opaque' }, 'overlay');
      const did = t.fact('did', said(what));
      await stack.layer('next', 'base', (own) => {
        mkdirSync(join(own, 'etc'));
        act(join(own, 'etc'), what);
      });
      const seen = await stack.box('next', (path) => readdirSync(join(path, 'etc')));
      t.must(seen.length === 0, { did, kernel: `etc has ${seen.join(', ')}`, wanted: 'nothing' });
    }),
);

/** What onDisk must say elsewhere; `is` the mark, `where` the style. */
const others: readonly (readonly [mark: Meaning, where: Whiteouts, user: boolean, wanted: string])[] = [
  [{ is: 'opaque' }, 'overlay', true, said({ call: 'setxattr', name: 'user.overlay.opaque', value: Buffer.from('y') })],
  [{ is: 'whiteout', hides: Buffer.from('x') }, 'aufs', false, said({ call: 'create', name: Buffer.from('.wh.x') })],
  [{ is: 'opaque' }, 'aufs', false, said({ call: 'create', name: Buffer.from('.wh..wh..opq') })],
  [{ is: 'whiteout', hides: Buffer.from('x') }, 'remove', false, said({ call: 'remove', name: Buffer.from('x') })],
  [{ is: 'opaque' }, 'remove', false, said({ call: 'empty' })],
  [{ is: 'entry' }, 'overlay', false, 'undefined'],
  [{ is: 'aufs-own' }, 'aufs', false, 'undefined'],
];

const elsewhere = check(
  'the other drivers get their own marks, and an ordinary file gets none',
  {
    slot: TO_DISK,
    see: 'src/snapshots/whiteouts.ts, the comment at its beginning',
    hint: ({ mark, where, did, wanted }) => [
      'The same mark of an archive means something else to each of three drivers. Read the table at the head of the file.',
      `For ${String(mark)} and '${String(where)}' you said ${String(did)}.`,
      `It has to be ${String(wanted)}.`,
    ],
  },
  (t) => {
    for (const [mark, where, user, wanted] of others) {
      const did = said(solvedAs<OnDisk>(t, TO_DISK)(mark, where, user));
      for (const [name, value] of Object.entries({ mark: mark.is, where, did, wanted })) t.fact(name, value);
      t.must(did === wanted, { did: `onDisk(${mark.is}, '${where}', ${user})`, kernel: did, wanted });
    }
    return Promise.resolve();
  },
);

/** What lies in the upper directory of the container `box`. */
function inUpper(folder: string, name: string): Found {
  const fd = openSync(join(folder, 'overlay/box/fs'), O_RDONLY | O_DIRECTORY);
  try {
    const { mode, rdev } = native.statAt(fd, name);
    const found = { name: Buffer.from(name), mode, rdev };
    if ((mode & S_IFMT) !== S_IFDIR) return found;
    const inner = native.openAt(fd, name, O_RDONLY | O_DIRECTORY);
    try {
      return { ...found, opaque: attribute(inner, opaqueAttribute(false)) };
    } finally {
      closeSync(inner);
    }
  } finally {
    closeSync(fd);
  }
}

const meant = (meaning: Meaning): string =>
  meaning.is === 'whiteout' ? `whiteout of ${meaning.hides.toString()}` : meaning.is;

async function deletedIn(stack: Stack): Promise<void> {
  await stack.layer('base', undefined, (own) => {
    mkdirSync(join(own, 'etc'));
    for (const file of ['motd', 'etc/old']) writeFileSync(join(own, file), '');
  });
  await stack.box('base', (path) => {
    rmSync(join(path, 'motd'));
    rmSync(join(path, 'etc'), { recursive: true });
    mkdirSync(join(path, 'etc'));
    mkdirSync(join(path, 'srv'));
  });
}

const found = check(
  FOUND,
  {
    slot: FROM_DISK,
    see: './drydock try sh -c "rm /etc/motd"; outside: stat UPPER/etc/motd',
    hint: ({ is }) => [
      'What did the kernel leave in the upper directory for the deleted file? Its type and its number are in `mode` and `rdev`.',
      `You said "${String(is)}" of a character device 0:0: no driver could ever use such a device, so the number is free for this meaning.`,
      "(mode & S_IFMT) === S_IFCHR && rdev === 0n: { is: 'whiteout', hides: name }",
    ],
  },
  (t) =>
    withStack(t.runtime, async (stack) => {
      await deletedIn(stack);
      const is = t.fact('is', meant(solvedAs<FromDisk>(t, FROM_DISK)(inUpper(stack.folder, 'motd'), 'overlay')));
      t.must(is === 'whiteout of motd', {
        did: 'rm motd',
        kernel: 'a character device 0:0 in the upper directory',
        wanted: `whiteout of motd, and not ${is}`,
      });
    }),
);

const again = check(
  'a directory that was deleted and made again is found opaque, and a new one is not',
  {
    slot: FROM_DISK,
    needs: [FOUND],
    see: 'getfattr -h -d -m - UPPER/etc',
    hint: ({ what, is }) => [
      'Two directories are in the upper directory, and only one of them hides something. What tells them apart is in `opaque`.',
      `You said "${String(is)}" of ${String(what)}. The attribute has the letter y where it counts, and is absent elsewhere.`,
      "(mode & S_IFMT) === S_IFDIR && opaque?.toString() === 'y': { is: 'opaque' }; all else: { is: 'entry' }",
    ],
  },
  (t) =>
    withStack(t.runtime, async (stack) => {
      await deletedIn(stack);
      for (const [name, wanted] of [
        ['etc', 'opaque'],
        ['srv', 'entry'],
      ] as const) {
        const is = t.fact('is', meant(solvedAs<FromDisk>(t, FROM_DISK)(inUpper(stack.folder, name), 'overlay')));
        t.fact('what', name);
        t.must(is === wanted, { did: `fromDisk of ${name}`, kernel: is, wanted });
      }
    }),
);

const device13 = check(
  'a device of the image stays a device, and the other drivers have marks of their own or none',
  {
    slot: FROM_DISK,
    see: 'ls -l /dev/null',
    hint: ({ what, is }) => [
      'Not every character device hides something, and not every driver has marks. Look at the number, and at `whiteouts`.',
      `You said "${String(is)}" of ${String(what)}.`,
      "aufs: return meaningOf(name). remove: return { is: 'entry' }. overlay: only 0:0 is a whiteout, 1:3 is /dev/null.",
    ],
  },
  (t) => {
    const name = Buffer.from('null');
    const cases = [
      ['/dev/null, 1:3', { name, mode: S_IFCHR | 0o666, rdev: 0x103n }, 'overlay', 'entry'],
      ['.wh.motd below aufs', { name: Buffer.from('.wh.motd'), mode: 0o100644, rdev: 0n }, 'aufs', 'whiteout of motd'],
      ['a device 0:0 in a whole tree', { name, mode: S_IFCHR, rdev: 0n }, 'remove', 'entry'],
    ] as const;
    for (const [what, file, where, wanted] of cases) {
      const is = t.fact('is', meant(solvedAs<FromDisk>(t, FROM_DISK)(file, where)));
      t.fact('what', what);
      t.must(is === wanted, { did: `fromDisk of ${what}`, kernel: is, wanted });
    }
    return Promise.resolve();
  },
);

const untouched = consequence(
  'the layers below are as they were, whatever the container has done',
  { slot: CHAIN, needs: [ALL], see: 'find LOWER -newer UPPER' },
  (t) =>
    withStack(t.runtime, async (stack) => {
      await three(stack);
      await stack.box('top', (path) => {
        writeFileSync(join(path, 'whose'), 'box');
        rmSync(join(path, 'base'));
      });
      const lower = readFileSync(join(stack.folder, 'overlay/top/fs/whose'), 'utf8');
      const base = existsSync(join(stack.folder, 'overlay/base/fs/base'));
      t.must(lower === 'top' && base, {
        did: 'wrote into whose, removed base',
        kernel: `top/fs/whose says "${lower}", base/fs/base is ${base ? 'there' : 'gone'}`,
        wanted: '"top", there',
      });
    }),
);

export const checks = [all, order, committed, untouched, device, opaque, elsewhere, found, again, device13];
