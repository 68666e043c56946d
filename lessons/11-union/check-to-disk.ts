/** The checks of `onDisk`: its marks are made, and the kernel says what they hide. */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, type Check } from '../../src/learn/check/check.ts';
import { functionOf } from '../../src/learn/check/solved.ts';
import { O_DIRECTORY, O_RDONLY } from '../../src/linux/constants.ts';
import { native } from '../../src/linux/native.ts';
import type { Act, Meaning, onDisk, Whiteouts } from '../../src/snapshots/whiteouts.ts';
import { withStack } from './stack.ts';

const TO_DISK = 'snapshots/whiteouts.ts#onDisk';
const DEVICE = 'a whiteout becomes a character device 0:0, and hides the file below';

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

const isBytes = (value: unknown): value is { data: number[] } =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
const shown = (value: unknown): unknown =>
  typeof value === 'bigint' ? `${value}n` : isBytes(value) ? Buffer.from(value.data).toString('latin1') : value;
const textOf = (what: unknown): string => JSON.stringify(what, (_, value: unknown) => shown(value)) ?? 'undefined';
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
      const what = functionOf<typeof onDisk>(t, TO_DISK)({ is: 'whiteout', hides: Buffer.from('motd') }, 'overlay');
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
      const what = functionOf<typeof onDisk>(t, TO_DISK)({ is: 'opaque' }, 'overlay');
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
      const did = said(functionOf<typeof onDisk>(t, TO_DISK)(mark, where, user));
      for (const [name, value] of Object.entries({ mark: mark.is, where, did, wanted })) t.fact(name, value);
      t.must(did === wanted, { did: `onDisk(${mark.is}, '${where}', ${user})`, kernel: did, wanted });
    }
    return Promise.resolve();
  },
);

export const toDiskChecks: readonly Check[] = [device, opaque, elsewhere];
