/** What learners get wrong in lesson volumes; each body stands in place of the reference's. */
import type { Mistake } from '../../src/learn/mistake.ts';
import { COPIED } from './check-copy.ts';
import { KEPT, USERS } from './check-users.ts';

const COPY = 'images/volume.ts#copyUp';
const GOES = 'engine/volumes/users.ts#goesWith';
const MADE = 'a container that is being made has its volumes already: prune leaves them alone';
const ONCE = 'each of them is named once, and nobody who has something else';
const INSIDE = 'the place is looked for inside the image, wherever its links and dots lead';
const NOTHING = 'where the image has no directory the volume stays as it is, and no descriptor is kept';

/** The reference, with one of its parts replaced. */
const users = ({
  has = 'Mounts.some(({ Name }) => Name === name)',
  making = 'for (const [id, names] of making) if (names.includes(name)) users.add(id);',
} = {}): string[] => [
  'const users = new Set<string>();',
  `for (const { Id, Mounts } of records) if (${has}) users.add(Id);`,
  making,
  'return [...users];',
];

/** The reference, with some of its lines replaced. */
const copy = ({
  open = 'const fd = openPlace(tree, place);',
  none = 'if (fd === undefined) return folder;',
  unpacked = "await unpack(archiveOf(`/proc/self/fd/${fd}`), { folder, whiteouts: 'none' });",
  end = 'closeSync(fd);',
} = {}): string[] => [open, none, 'try {', `  ${unpacked}`, '  return folder;', `} finally { ${end} }`];

export const mistakes: readonly Mistake[] = [
  {
    title: 'only containers that run have volumes',
    slot: USERS,
    body: users({ has: "'Running' in Mounts && Mounts.some(({ Name }) => Name === name)", making: 'void making;' }),
    fails: KEPT,
    hint: /Nobody was found who has it/,
  },
  {
    title: 'a container has its volumes when it is on record, and not before',
    slot: USERS,
    body: users({ making: 'void making;' }),
    fails: MADE,
    hint: /prune has taken cache away/,
  },
  {
    title: 'the folder is copied as cp would, with the path put behind the tree',
    slot: COPY,
    body: copy({
      open: "const path = `${tree}${place}`; const fd = await import('node:fs').then(({ existsSync, openSync, statSync }) => existsSync(path) && statSync(path).isDirectory() ? openSync(path, 0) : undefined);",
    }),
    fails: INSIDE,
    hint: /For a link that names a folder of the host’s the volume got: key/,
  },
  {
    title: 'a container with two places for it is two users',
    slot: USERS,
    body: [
      'const made = records.flatMap(({ Id, Mounts }) => Mounts.filter(({ Name }) => Name === name).map(() => Id));',
      'return [...made, ...[...making].filter(([, names]) => names.includes(name)).map(([id]) => id)];',
    ],
    fails: ONCE,
    hint: /Where one has it at two places, your answer was: ada ada/,
  },
  {
    title: 'a name that begins alike is the name',
    slot: USERS,
    body: users({ has: 'Mounts.some(({ Name }) => Name?.startsWith(name))' }),
    fails: ONCE,
    hint: /others have cache2/,
  },
  {
    title: 'who has the folder has the volume',
    slot: USERS,
    body: users({ has: 'Mounts.some(({ Source }) => Source.endsWith(`/${name}/_data`))' }),
    fails: ONCE,
    hint: /the folder itself by its path, your answer was: eve/,
  },
  {
    title: 'the files are copied, and belong to whoever copies',
    slot: COPY,
    body: [
      "const { cpSync } = await import('node:fs');",
      'const fd = openPlace(tree, place);',
      'if (fd === undefined) return folder;',
      'cpSync(`/proc/self/fd/${fd}/.`, folder, { recursive: true });',
      'closeSync(fd);',
      'return folder;',
    ],
    fails: COPIED,
    hint: /whose must it be/,
  },
  {
    title: 'what is in the directory is copied, and the directory itself is forgotten',
    slot: COPY,
    body: copy({
      unpacked:
        "await import('node:child_process').then(({ execFileSync }) => execFileSync('sh', ['-c', 'cp -a \"$0\"/* \"$1\"', `/proc/${process.pid}/fd/${fd}`, folder], { stdio: 'ignore' }));",
    }),
    fails: 'its own folder gets the owner and the mode of the image’s',
    hint: /cannot make a file in it/,
  },
  {
    title: 'a place without a directory is an error',
    slot: COPY,
    body: copy({ none: "if (fd === undefined) throw new Error('the image has no such place');" }),
    fails: NOTHING,
    hint: /the answer was: the image has no such place/,
  },
  {
    title: 'the descriptor is kept',
    slot: COPY,
    body: copy({ end: 'void 0;' }),
    fails: NOTHING,
    hint: /closeSync\(fd\)/,
  },
  {
    title: 'everything goes with the container',
    slot: GOES,
    body: ['void isAnonymous;', 'return users.every((user) => user === id);'],
    fails: 'a volume that nobody has named goes with its container, and one with a name stays',
    hint: /Which of the two did somebody want to keep/,
  },
  {
    title: 'nobody may have it any more, and the container itself still stands in the list',
    slot: GOES,
    body: ['void id;', 'return isAnonymous && users.length === 0;'],
    fails: 'a volume that nobody has named goes with its container, and one with a name stays',
    hint: /may itself stand among the users/,
  },
  {
    title: 'the first one to go takes it along',
    slot: GOES,
    body: ['void [id, users];', 'return isAnonymous;'],
    fails: 'one that another container has, too, stays until that one goes',
    hint: /on the disk there was: none/,
  },
  {
    title: 'one user is always the one that goes',
    slot: GOES,
    body: ['void id;', 'return isAnonymous && users.length <= 1;'],
    fails: 'one that another container has, too, stays until that one goes',
    hint: /another one. Your answer was true/,
  },
];
