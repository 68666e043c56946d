/** What people get wrong about stacks and whiteouts. */
import type { Mistake } from '../../src/learn/mistake.ts';

const CHAIN = 'snapshots/record.ts#chainFrom';
const TO_DISK = 'snapshots/whiteouts.ts#onDisk';
const FROM_DISK = 'snapshots/whiteouts.ts#fromDisk';

const ALL = 'a container sees the files of every layer, down to the base';
const DEVICE = 'a whiteout becomes a character device 0:0, and hides the file below';
const FOUND = 'a file that a container has deleted is found as a whiteout';

/** The chain with one of its parts done wrong. */
const chain = ({
  first = 'name',
  refuse = "if (at.record.kind !== 'committed') throw new DrydockError('SNAPSHOT_MISSING', 'no parent');",
  keep = 'chain.push(at);',
}): string[] => [
  'const chain: Place[] = [];',
  `for (let next: string | undefined = ${first}; next !== undefined; next = find(next).record.parent) {`,
  '  const at = find(next);',
  `  ${refuse}`,
  `  ${keep}`,
  '}',
  'return chain;',
];

/** The translation with some of its cases done wrong. */
const toDisk = (wrong: Readonly<Record<string, string>>): string[] => {
  const right = {
    'whiteout overlay': "{ call: 'mknod', name: meaning.hides, mode: S_IFCHR, device: 0n }",
    'whiteout aufs': "{ call: 'create', name: Buffer.concat([PREFIX, meaning.hides]) }",
    'whiteout remove': "{ call: 'remove', name: meaning.hides }",
    'opaque overlay': "{ call: 'setxattr', name: opaqueAttribute(userxattr), value: Buffer.from('y') }",
    'opaque aufs': "{ call: 'create', name: OPAQUE }",
    'opaque remove': "{ call: 'empty' }",
  };
  const cases = { ...right, ...wrong };
  const choice = (is: 'whiteout' | 'opaque'): string =>
    `return whiteouts === 'overlay' ? ${cases[`${is} overlay`]} : whiteouts === 'aufs' ? ${cases[`${is} aufs`]} : ${cases[`${is} remove`]};`;
  return [
    `if (meaning.is === 'whiteout') ${choice('whiteout')}`,
    `if (meaning.is === 'opaque') ${choice('opaque')}`,
    'return undefined;',
  ];
};

const fromDisk = (overlay: string): string[] => [
  "if (whiteouts === 'aufs') return meaningOf(name);",
  "if (whiteouts === 'remove') return { is: 'entry' };",
  'const type = mode & S_IFMT;',
  overlay,
  "return { is: 'entry' };",
];

export const mistakes: readonly Mistake[] = [
  {
    title: 'the layers stand in the order in which they were made',
    slot: CHAIN,
    body: chain({ keep: 'chain.unshift(at);' }),
    fails: 'where several layers have a file, the nearest one wins',
    hint: /The base has to be last/,
  },
  {
    title: 'a whiteout is made as in the archive',
    slot: TO_DISK,
    body: toDisk({ 'whiteout overlay': "{ call: 'create', name: Buffer.concat([PREFIX, meaning.hides]) }" }),
    fails: DEVICE,
    hint: /character device 0:0/,
  },
  {
    title: 'every character device is taken for a whiteout',
    slot: FROM_DISK,
    body: fromDisk(
      "if (type === S_IFCHR) return { is: 'whiteout', hides: name }; if (type === S_IFDIR && opaque?.toString() === 'y') return { is: 'opaque' }; void rdev;",
    ),
    fails: 'a device of the image stays a device, and the other drivers have marks of their own or none',
    hint: /1:3 is \/dev\/null/,
  },
  {
    title: 'the parent itself is left out',
    slot: CHAIN,
    body: chain({ first: 'find(name).record.parent' }),
    fails: ALL,
    hint: /Begin with find\(name\) itself/,
  },
  {
    title: 'whoever is named may be a parent',
    slot: CHAIN,
    body: chain({ refuse: '' }),
    fails: 'what somebody still writes into is nobody’s parent',
    hint: /never change again/,
  },
  {
    title: 'the opaque attribute is set to 1',
    slot: TO_DISK,
    body: toDisk({
      'opaque overlay': "{ call: 'setxattr', name: opaqueAttribute(userxattr), value: Buffer.from('1') }",
    }),
    fails: 'an opaque mark becomes an attribute, and hides all that the directory has below',
    hint: /the one letter y/,
  },
  {
    title: 'the attribute always has the name that needs root',
    slot: TO_DISK,
    body: toDisk({
      'opaque overlay': "{ call: 'setxattr', name: opaqueAttribute(false), value: Buffer.from('y') }",
    }).concat('void userxattr;'),
    fails: 'the other drivers get their own marks, and an ordinary file gets none',
    hint: /user\.overlay\.opaque/,
  },
  {
    title: 'a deleted file is taken for a device',
    slot: FROM_DISK,
    body: fromDisk(
      "if (type === S_IFDIR && opaque?.toString() === 'y') return { is: 'opaque' }; void [rdev, S_IFCHR];",
    ),
    fails: FOUND,
    hint: /the number is free for this meaning/,
  },
  {
    title: 'every directory in the upper one is taken for opaque',
    slot: FROM_DISK,
    body: fromDisk(
      "if (type === S_IFCHR && rdev === 0n) return { is: 'whiteout', hides: name }; if (type === S_IFDIR) return { is: 'opaque' }; void opaque;",
    ),
    fails: 'a directory that was deleted and made again is found opaque, and a changed one is not',
    hint: /absent elsewhere/,
  },
];
