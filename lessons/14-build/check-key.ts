/** The checks of `cacheKey`: real builds, each after another one that could be taken for it. */
import type { cacheKey } from '../../src/builder/key.ts';
import { check, consequence, type Bench, type Check } from '../../src/learn/check/check.ts';
import { functionOf } from '../../src/learn/check/solved.ts';
import { withTheirs } from './theirs.ts';
import { modeOf, text, type Built } from './yard.ts';

const KEY = 'builder/key.ts#cacheKey';
const TWICE = 'the second build does nothing: it finds what the first has made';
const SAYS = 'config and history are what the Dockerfile says';
const UNSAID = 'what the line does not say counts, too';
const APART = 'two that differ are never the same text';

/** Without a program: what has none needs no lab, and costs nothing. */
const paper = `FROM scratch
ENV SHIP=drydock
COPY hull /hull
WORKDIR /srv
CMD ["sail"]
`;
const ship = `FROM lab
ENV SHIP=drydock
COPY hull /hull
RUN --mount=type=bind,source=chart,target=/chart cat /hull /chart > /launched
CMD ["cat", "/launched"]
`;
const list = (texts: readonly string[]): string => texts.map((text) => text.split(' ', 1)[0]).join(' ') || 'nothing';

const twice = check(
  TWICE,
  {
    slot: KEY,
    see: "for i in 1 2; do printf 'FROM lab\\nRUN date > /d\\n' | ./drydock build -; done",
    hint: ({ done }) => [
      'The same Dockerfile, the same files, a minute later. What is in your key that was another thing the first time?',
      `Done a second time: ${String(done)}. The files were copied anew in between: other times, the same bytes.`,
      'No time, no random number, nothing that counts: the same arguments have to give the same digest.',
    ],
  },
  (t) =>
    withTheirs(t, async ({ build, written }) => {
      const first = await build(paper, { hull: 'steel' });
      const before = written();
      const second = await build(paper, { hull: 'steel' }, { changed: 1_000_000 });
      const done = t.fact('done', list(second.done));
      t.must(second.id === first.id && done === 'nothing' && written() === before, {
        did: 'built the same thing twice',
        kernel: `the second time ${done} was done, and ${written() === before ? 'nothing' : 'something'} was written`,
        wanted: 'nothing done, not a byte written',
      });
    }),
);

/** What a Dockerfile says about an image, in its own words. */
const said = ({ config: { config, history = [] } }: Built): string => {
  const { Env = [], WorkingDir, Labels, Cmd } = config!;
  const run = { Env: Env.filter((one) => !one.startsWith('PATH=')), WorkingDir, Labels, Cmd };
  const lines = history.map(
    (line) => `${line.empty_layer ? '-' : '+'}${line.created_by?.replace(/^.*#\(nop\) +/, '')}`,
  );
  return JSON.stringify([run, lines]);
};

const says = check(
  SAYS,
  {
    slot: KEY,
    needs: [TWICE],
    see: './drydock history IMAGE; ./drydock inspect IMAGE',
    hint: ({ other, is }) => [
      'Two Dockerfiles have the same last lines and another first one. Look at what the second image says of itself.',
      `The second one got ${String(other)}: ${String(is)}.`,
      'The state before has to be in the key, by its id: two states of the same layers may have another config. And all of `says`.',
    ],
  },
  (t) =>
    withTheirs(t, async ({ build }) => {
      const dockerfile = (ship: string): string =>
        `FROM scratch\nENV SHIP=${ship}\nLABEL port=Oslo\nWORKDIR /srv\nCMD ["sail"]\n`;
      await build(dockerfile('tug'));
      const second = await build(dockerfile('barge'));
      const is = t.fact('is', said(second));
      t.fact('other', /tug/.test(is) ? 'what the first one had made' : 'something else');
      const run = { Env: ['SHIP=barge'], WorkingDir: '/srv', Labels: { port: 'Oslo' }, Cmd: ['sail'] };
      const lines = ['-ENV SHIP=barge', '-LABEL port=Oslo', '+WORKDIR /srv', '-CMD ["sail"]'];
      t.must(is === JSON.stringify([run, lines]), {
        did: 'built two Dockerfiles that begin in another way and go on in the same',
        kernel: `the second image: ${is}`,
        wanted: JSON.stringify([run, lines]),
      });
    }),
);

const unsaid = check(
  UNSAID,
  {
    slot: KEY,
    needs: [SAYS],
    see: './drydock history --no-trunc IMAGE',
    hint: ({ mode }) => [
      'Docker’s line of history says which bytes were copied, and not with which mode. Where does the key hear of that?',
      `Built with --chmod=600, then with --chmod=644: the second image has the file with ${String(mode)}.`,
      '`also` has what the line cannot say. It belongs into the list, whatever it is.',
    ],
  },
  (t) =>
    withTheirs(t, async ({ build, look }) => {
      const locked = (mode: string): string => `FROM scratch\nCOPY --chmod=${mode} key /key\n`;
      await build(locked('600'), { key: 'k' });
      const { id } = await build(locked('644'), { key: 'k' });
      const mode = t.fact('mode', await look(id, modeOf('key')));
      t.must(mode === '644', {
        did: 'built with COPY --chmod=600, then with --chmod=644',
        kernel: `the file has the mode ${mode}`,
        wanted: '644: the line is the same, the outcome is not',
      });
    }),
);

const asked = check(
  'who has made it and the moment that it is of count, where they were asked for',
  {
    slot: KEY,
    needs: [SAYS],
    see: "printf 'FROM lab\\nRUN date > /d\\n' | ./drydock build --build-arg SOURCE_DATE_EPOCH=2 -",
    hint: ({ what, is }) => [
      'Two words of an image come neither from the line nor from the state before. Which ones are left in the arguments?',
      `The second image says of ${String(what)}: ${String(is)}.`,
      'author and epoch belong into the list, also when they are undefined: then that is what they are.',
    ],
  },
  (t) =>
    withTheirs(t, async ({ build }) => {
      await build('FROM scratch\nMAINTAINER Ada\n', {}, { tags: ['ada'] });
      await build('FROM scratch\nMAINTAINER Ada\nCMD ["sail"]\n');
      const { config } = await build('FROM ada\nCMD ["sail"]\n');
      t.fact('what', 'its author');
      const author = t.fact('is', config.history!.at(-1)!.author ?? 'nobody');
      t.must(author === 'nobody', {
        did: 'built CMD below MAINTAINER Ada, then CMD on the image that Ada has made',
        kernel: `the last line is by ${author}`,
        wanted: 'nobody: who has made the base has not made this',
      });
      const at = async (SOURCE_DATE_EPOCH: string): Promise<Built> =>
        build('FROM scratch\nCMD ["sail"]\n', {}, { args: { SOURCE_DATE_EPOCH } });
      await at('1');
      t.fact('what', 'its moment');
      const created = t.fact('is', (await at('2')).config.created);
      t.must(created === '1970-01-01T00:00:02.000Z', {
        did: 'built with SOURCE_DATE_EPOCH=1, then with 2',
        kernel: `it was created ${created}`,
        wanted: '1970-01-01T00:00:02.000Z',
      });
    }),
);

const nothing = check(
  'nothing is not everywhere the same: it has a platform',
  {
    slot: KEY,
    needs: [SAYS],
    see: "printf 'FROM scratch\\nENV A=1\\n' | ./drydock build --platform linux/arm/v6 -",
    hint: ({ is, wanted }) => [
      'FROM scratch has no id. Is it therefore one and the same on every processor?',
      `Built for ${String(wanted)}, it says ${String(is)}.`,
      'id ?? [config.os, config.architecture, config.variant]: ARM has variants, and a program for v7 does not run on v6.',
    ],
  },
  (t) =>
    withTheirs(t, async ({ build }) => {
      for (const platform of ['linux/amd64', 'linux/arm/v7', 'linux/arm/v6']) {
        const { config } = await build('FROM scratch\nENV A=1\n', {}, { platform });
        const is = t.fact(
          'is',
          [config.os, config.architecture, ...(config.variant ? [config.variant] : [])].join('/'),
        );
        t.fact('wanted', platform);
        t.must(is === platform, {
          did: `built FROM scratch for one platform after another, now for ${platform}`,
          kernel: `the image is for ${is}`,
          wanted: platform,
        });
      }
    }),
);

type Arguments = Parameters<typeof cacheKey>;
const before = {
  id: `sha256:${'a'.repeat(64)}`,
  config: { os: 'linux', architecture: 'amd64' },
} as unknown as Arguments[0];

/** Two that are not the same, and look so when they are put one behind the other, with this in between or nothing. */
const pairs: readonly (readonly [Arguments[1], Arguments[1]])[] = [
  ...['', ',', ' ', '\n', '|'].map((between): [Arguments[1], Arguments[1]] => [
    { says: 'RUN a', author: `7${between}Ada`, epoch: 1 },
    { says: `RUN a${between}`, also: 7, author: 'Ada', epoch: 1 },
  ]),
  [
    { says: 'RUN a', also: ['b', 'c'] },
    { says: 'RUN a', also: ['b,c'] },
  ],
  [
    { says: 'RUN a', also: [{ source: 'chart' }] },
    { says: 'RUN a', also: [{ source: 'map' }] },
  ],
  [{ says: 'RUN a' }, { says: 'RUN a', author: 'undefined' }],
];

const apart = check(
  APART,
  {
    slot: KEY,
    needs: [UNSAID],
    see: `node -p "['a,b', 'c'].join() === ['a', 'b,c'].join()"`,
    hint: ({ one, other }) => [
      'Who writes a Dockerfile chooses the words. Can he choose them so that his step has the key of another one?',
      `${String(one)} and ${String(other)} get the same key.`,
      'JSON.stringify of a list keeps its parts apart, by brackets, quotes and commas. String(…) and join() do not, and an object becomes "[object Object]", whatever is in it.',
    ],
  },
  async (t: Bench) => {
    const keyOf = functionOf<typeof cacheKey>(t, KEY);
    for (const [one, other] of pairs) {
      t.fact('one', JSON.stringify(one));
      t.fact('other', JSON.stringify(other));
      t.must(keyOf(before, one) !== keyOf(before, other), {
        did: `asked for the keys of ${JSON.stringify(one)} and ${JSON.stringify(other)}`,
        kernel: `both are ${keyOf(before, one).slice(0, 19)}…`,
        wanted: 'two keys',
      });
    }
  },
);

const oneByte = consequence(
  'one file that differs is done again with all that stands on it, and nothing before it',
  {
    slot: KEY,
    needs: [TWICE, SAYS, APART],
    see: "mkdir -p /tmp/a; date > /tmp/a/hull; printf 'FROM lab\\nCOPY hull /\\n' | ./drydock build -f - /tmp/a",
  },
  (t) =>
    withTheirs(t, async ({ build, look }) => {
      await build(ship, { hull: 'steel ', chart: 'north' });
      for (const [chart, wanted] of [
        ['north', 'COPY RUN CMD'],
        ['south', 'RUN CMD'],
      ] as const) {
        const { id, done } = await build(ship, { hull: 'wood ', chart });
        const launched = await look(id, text('launched'));
        t.must(list(done) === wanted && launched === `wood ${chart}`, {
          did: `changed a file that is ${chart === 'north' ? 'copied' : 'mounted'} and built again`,
          kernel: `${list(done)} was done; the program has seen "${launched}"`,
          wanted: `${wanted}, and "wood ${chart}"`,
        });
      }
    }),
);

export const keyChecks: readonly Check[] = [twice, says, unsaid, asked, nothing, apart, oneByte];
