/** The checks of `usersOf` and `goesWith`: which volumes are refused, which go, and which stay. */
import { check, type Bench, type Check } from '../../src/learn/check/check.ts';
import { functionOf } from '../../src/learn/check/solved.ts';
import type { ContainerRecord } from '../../src/engine/types.ts';
import type { goesWith, usersOf } from '../../src/engine/volumes/users.ts';
import { withVolumes } from './shelf.ts';

export const USERS = 'engine/volumes/users.ts#usersOf';
const GOES = 'engine/volumes/users.ts#goesWith';

export const KEPT = 'a volume cannot be removed while a container has it, running or not';
const WITH = 'a volume that nobody has named goes with its container, and one with a name stays';

/** What becomes of `volume rm NAME`. */
const removing = (remove: Promise<void>): Promise<string> =>
  remove.then(
    () => 'removed',
    (error: Error) => error.message,
  );

const kept = check(
  KEPT,
  {
    slot: USERS,
    see: './drydock create -v cache:/c lab; ./drydock volume rm cache',
    hint: ({ answer }) => [
      'The container is made and does not run. Its data is to be there when it is started. Where does it say which volumes it has?',
      `\`volume rm\` was answered: ${String(answer)}. Nobody was found who has it.`,
      'records.filter(({ Mounts }) => Mounts.some(({ Name }) => Name === name)), and of each the Id.',
    ],
  },
  (t) =>
    withVolumes(t, async ({ volumes, made, has }) => {
      await made('ada', { Binds: ['cache:/c'] });
      const answer = t.fact('answer', await removing(volumes.remove('cache')));
      t.must(has('cache') && /volume is in use/.test(answer), {
        did: 'removed the volume of a container that does not run',
        kernel: `${answer}; its folder is ${has('cache') ? 'there' : 'gone'}`,
        wanted: 'remove cache: volume is in use - [ada]',
      });
    }),
);

const beingMade = check(
  'a container that is being made has its volumes already: prune leaves them alone',
  {
    slot: USERS,
    see: './drydock volume prune, while a create goes on',
    hint: ({ pruned }) => [
      'Between the making of a volume and the record of its container there are seconds: layers are made, files are copied. Who has the volume then?',
      `prune has taken ${String(pruned)} away from a container that was being made.`,
      'for (const [id, names] of making) if (names.includes(name)): that id, too.',
    ],
  },
  (t) =>
    withVolumes(t, async ({ volumes, making, has }) => {
      await making('ada', { Binds: ['cache:/c'] });
      const { VolumesDeleted } = await volumes.prune();
      t.fact('pruned', VolumesDeleted.join(' '));
      t.must(has('cache'), {
        did: 'pruned in the middle of a create',
        kernel: 'the folder of the volume is gone, and the create goes on',
        wanted: 'it is there',
      });
    }),
);

/** As `usersOf` is asked, and what has to come out. */
function asked(t: Bench, what: string, wanted: string, ...args: Parameters<typeof usersOf>): void {
  const answer = functionOf<typeof usersOf>(t, USERS)(...args).join(' ') || 'nobody';
  t.fact('what', what);
  t.fact('answer', answer);
  t.must(answer === wanted, { did: `usersOf("cache") where ${what}`, kernel: answer, wanted });
}

type Point = ContainerRecord['Mounts'][number];

const folderOf = (name: string): string => `/var/lib/drydock/volumes/${name}/_data`;
const bind = (Source: string): Point => ({
  ...{ Type: 'bind', Source, Destination: '/c', RW: true, Mode: '', Propagation: '' },
});
const volume = (Name: string, Destination = '/c'): Point => ({
  ...bind(folderOf(Name)),
  ...{ Type: 'volume', Name, Destination },
});

const once = check(
  'each of them is named once, and nobody who has something else',
  {
    slot: USERS,
    needs: [KEPT],
    see: './drydock volume rm cache, with several containers that have it',
    hint: ({ what, answer }) => [
      'The list is shown to a person, and decides whether a volume goes. Who is in it twice, and who should not be in it?',
      `Where ${String(what)}, your answer was: ${String(answer)}.`,
      'Compare Name === name, the whole of it; put the ids into a Set, and return [...users].',
    ],
  },
  (t) => {
    const none = new Map<string, string[]>();
    const two = [volume('cache', '/a'), volume('cache', '/b')];
    asked(t, 'one has it at two places', 'ada', 'cache', [{ Id: 'ada', Mounts: two }], none);
    const both = new Map([['ada', ['cache']]]);
    asked(t, 'it is on record, and its making is not over', 'ada', 'cache', [{ Id: 'ada', Mounts: two }], both);
    const others = [
      { Id: 'bob', Mounts: [volume('cache2')] },
      { Id: 'eve', Mounts: [bind(folderOf('cache'))] },
    ];
    asked(t, 'others have cache2, and the folder itself by its path', 'nobody', 'cache', others, none);
    return Promise.resolve();
  },
);

const goes = check(
  WITH,
  {
    slot: GOES,
    needs: [KEPT],
    see: './drydock run --rm -v /scratch -v cache:/c lab true; ./drydock volume ls',
    hint: ({ left }) => [
      'Two volumes, one container, `rm -v`. Which of the two did somebody want to keep?',
      `Left on the disk: ${String(left)}. The container that is being removed may itself stand among the users.`,
      'isAnonymous && users.every((user) => user === id)',
    ],
  },
  (t) =>
    withVolumes(t, async ({ made, remove, names }) => {
      await remove(await made('ada', { Binds: ['cache:/c', '/scratch'] }));
      const left = t.fact('left', names());
      t.must(left === 'cache', {
        did: 'removed the container with its volumes',
        kernel: `left: ${left}`,
        wanted: 'cache',
      });
    }),
);

const shared = check(
  'one that another container has, too, stays until that one goes',
  {
    slot: GOES,
    needs: [WITH],
    see: './drydock run --volumes-from FIRST …; ./drydock rm -v FIRST',
    hint: ({ left, alone }) => [
      '--volumes-from gives a second container what the first one has. The first is removed: whose data is it now?',
      alone === false
        ? 'The container that goes had left the list already, and one stood in it: another one. Your answer was true.'
        : `The first was removed, and on the disk there was: ${String(left)}.`,
      'Not how many users there are, but who: users.every((user) => user === id).',
    ],
  },
  (t) =>
    withVolumes(t, async ({ made, remove, names }) => {
      const first = await made('ada', { Binds: ['/scratch'] });
      const second = await made('bob', { VolumesFrom: ['ada'] });
      await remove(first);
      const left = t.fact('left', names());
      t.must(left === '(64 digits)', {
        did: 'removed the first of two containers that have the volume',
        kernel: `left: ${left}`,
        wanted: 'the volume, for the second',
      });
      const alone = !functionOf<typeof goesWith>(t, GOES)('ada', { isAnonymous: true, users: ['bob'] });
      t.fact('alone', alone);
      t.must(alone, { did: 'goesWith("ada"), users: bob', kernel: 'true', wanted: 'false: bob has it' });
      await remove(second);
      t.must(names() === 'none', { did: 'removed the second', kernel: `left: ${names()}`, wanted: 'none' });
    }),
);

export const userChecks: readonly Check[] = [kept, beingMade, once];
export const goingChecks: readonly Check[] = [goes, shared];
