/** The checks of `copyUp`: a tree with owners, modes, links and dots, and what is in the volume afterwards. */
import { lstatSync, mkdirSync, readdirSync, readlinkSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { copyUp } from '../../src/images/volume.ts';
import { check, type Bench, type Check } from '../../src/learn/check/check.ts';
import { functionOf } from '../../src/learn/check/solved.ts';
import { withTree, type Tree } from './shelf.ts';

const COPY = 'images/volume.ts#copyUp';
export const COPIED = 'a new volume begins with what the image has there: names, contents, owners, modes';

const copied = (t: Bench, { tree, folder }: Tree, place: string): Promise<string> =>
  functionOf<typeof copyUp>(t, COPY)(tree, place, folder);

/** `log 1000:50 1777`, one for each name below the folder. */
function listing(folder: string): string {
  const lines = readdirSync(folder, { recursive: true }).map((path) => {
    const { uid, gid, mode } = lstatSync(join(folder, String(path)));
    return `${String(path)} ${uid}:${gid} ${(mode & 0o7777).toString(8)}`;
  });
  return lines.sort().join(', ') || 'nothing';
}

const WANTED = 'log 1000:50 1777, log/old 1000:50 600, motd 1000:50 640';

const files = check(
  COPIED,
  {
    slot: COPY,
    see: 'find /var/lib/drydock/volumes/*/_data -printf "%P %U:%G %m\\n"',
    hint: ({ listed }) => [
      'A database that runs as user 1000 wants to write into its volume. What must it find there, and whose must it be?',
      `In the volume there is: ${String(listed)}. In the image there was: ${WANTED}.`,
      'await unpack(archiveOf(`/proc/self/fd/${fd}`), { folder, whiteouts: "none" }): as a layer is packed and unpacked.',
    ],
  },
  (t) =>
    withTree(async (around) => {
      await copied(t, around, '/srv/data');
      const listed = t.fact('listed', listing(around.folder));
      t.must(listed === WANTED, { did: 'filled a volume for /srv/data', kernel: listed, wanted: WANTED });
    }),
);

const itself = check(
  'its own folder gets the owner and the mode of the image’s',
  {
    slot: COPY,
    needs: [COPIED],
    see: 'stat -c "%u:%g %a" /var/lib/drydock/volumes/*/_data',
    hint: ({ owner }) => [
      'Everything that is in the directory was copied. What of the directory itself?',
      `The folder is ${String(owner)}, and 1000:50 2750 in the image: the program that runs as 1000 cannot make a file in it.`,
      'An archive of the directory has the directory in it, as ./: unpack(archiveOf(…)) does this, too.',
    ],
  },
  (t) =>
    withTree(async (around) => {
      await copied(t, around, '/srv/data');
      const { uid, gid, mode } = statSync(around.folder);
      const owner = t.fact('owner', `${uid}:${gid} ${(mode & 0o7777).toString(8)}`);
      t.must(owner === '1000:50 2750', { did: 'filled a volume for /srv/data', kernel: owner, wanted: '1000:50 2750' });
    }),
);

const inside = check(
  'the place is looked for inside the image, wherever its links and dots lead',
  {
    slot: COPY,
    needs: [COPIED],
    see: './drydock demo volumes --break-it',
    hint: ({ place, listed }) => [
      'Whoever made the image has chosen the place and every link on the way. Whose root directory do they count from?',
      `For ${String(place)} the volume got: ${String(listed)}.`,
      'openPlace(tree, place), and never join(tree, place): the descriptor has been looked up with the tree as its root.',
    ],
  },
  (t) =>
    withTree(async (around) => {
      const { tree, secret, folder } = around;
      symlinkSync(secret, join(tree, 'out'));
      symlinkSync('/srv/data', join(tree, 'alias'));
      for (const [place, wanted] of [
        ['/out', 'nothing'],
        ['/../secret', 'nothing'],
        ['/alias', WANTED],
      ] as const) {
        t.fact('place', place === '/out' ? 'a link that names a folder of the host’s' : place);
        // Whether it is an error that nothing is there, is asked further below.
        await copied(t, around, place).catch(() => undefined);
        const listed = t.fact('listed', listing(folder));
        t.must(listed === wanted, { did: `filled a volume for ${place}`, kernel: listed, wanted });
      }
    }),
);

/** Descriptors of ours that lead below a folder. */
const openBelow = (folder: string): string[] =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return []; // That of the listing itself.
    }
  });

const nothing = check(
  'where the image has no directory the volume stays as it is, and no descriptor is kept',
  {
    slot: COPY,
    needs: [COPIED],
    see: 'ls -l /proc/PID/fd    (PID: of the check, while it runs)',
    hint: ({ place, answer, open }) => [
      'Most volumes are for a place that the image does not have. And an engine fills volumes for months: what does each cost?',
      open === undefined
        ? `For ${String(place)} the answer was: ${String(answer)}.`
        : `A descriptor of ${String(open)} is still open afterwards.`,
      'if (fd === undefined) return folder; and all else in try { … } finally { closeSync(fd); }',
    ],
  },
  (t) =>
    withTree(async (around) => {
      const { tree, folder } = around;
      mkdirSync(join(tree, 'empty'));
      for (const place of ['/not/there', '/srv/data/motd']) {
        t.fact('place', place);
        const answer = await copied(t, around, place).catch((error: Error) => error.message);
        t.fact('answer', answer === folder ? listing(folder) : answer);
        t.must(answer === folder && listing(folder) === 'nothing', {
          did: `filled a volume for ${place}`,
          kernel: `${answer}; in it: ${listing(folder)}`,
          wanted: 'the folder, empty',
        });
      }
      await copied(t, around, '/empty');
      const open = t.fact('open', openBelow(tree)[0]);
      t.must(open === undefined, { did: 'filled a volume', kernel: `open: ${open}`, wanted: 'all are closed' });
    }),
);

export const copyChecks: readonly Check[] = [files, itself, inside, nothing];
