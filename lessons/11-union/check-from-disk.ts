/** The checks of `fromDisk`: a container deletes, and what the kernel leaves in its upper directory has to be understood. */
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, type Check } from '../../src/learn/check/check.ts';
import { functionOf } from '../../src/learn/check/solved.ts';
import { O_DIRECTORY, O_RDONLY, S_IFCHR, S_IFDIR, S_IFMT } from '../../src/linux/constants.ts';
import { native } from '../../src/linux/native.ts';
import { attribute } from '../../src/snapshots/tree.ts';
import { opaqueAttribute, type Found, type fromDisk, type Meaning } from '../../src/snapshots/whiteouts.ts';
import { withStack, type Stack } from './stack.ts';

const FROM_DISK = 'snapshots/whiteouts.ts#fromDisk';
const FOUND = 'a file that a container has deleted is found as a whiteout';

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
    for (const directory of ['etc', 'srv']) mkdirSync(join(own, directory));
    for (const file of ['motd', 'etc/old']) writeFileSync(join(own, file), '');
  });
  await stack.box('base', (path) => {
    rmSync(join(path, 'motd'));
    rmSync(join(path, 'etc'), { recursive: true });
    mkdirSync(join(path, 'etc'));
    // A directory that is new altogether would not do: Linux 5.10 marks that one as well, 6.1 does not.
    writeFileSync(join(path, 'srv/new'), '');
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
      const is = t.fact(
        'is',
        meant(functionOf<typeof fromDisk>(t, FROM_DISK)(inUpper(stack.folder, 'motd'), 'overlay')),
      );
      t.must(is === 'whiteout of motd', {
        did: 'rm motd',
        kernel: 'a character device 0:0 in the upper directory',
        wanted: `whiteout of motd, and not ${is}`,
      });
    }),
);

const again = check(
  'a directory that was deleted and made again is found opaque, and a changed one is not',
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
        const is = t.fact(
          'is',
          meant(functionOf<typeof fromDisk>(t, FROM_DISK)(inUpper(stack.folder, name), 'overlay')),
        );
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
      const is = t.fact('is', meant(functionOf<typeof fromDisk>(t, FROM_DISK)(file, where)));
      t.fact('what', what);
      t.must(is === wanted, { did: `fromDisk of ${what}`, kernel: is, wanted });
    }
    return Promise.resolve();
  },
);

export const fromDiskChecks: readonly Check[] = [found, again, device13];
