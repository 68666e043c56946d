/**
 * Demo of lesson build, with a real builder: what is done twice and what is not, what one byte changes, what of a secret is
 * left in an image that has removed it, and which stages nobody builds.
 */
import * as engines from '../../src/engine/index.ts';
import type { Demo, Show, Verdict } from '../../src/learn/demo/demo.ts';
import { quote } from '../../src/learn/source.ts';
import { text, withYard, type Built, type Yard } from './yard.ts';

const ship = `FROM lab
ENV SHIP=drydock
COPY hull /hull
RUN cat /hull > /launched
CMD ["cat", "/launched"]
`;

/** What the shell of a scene is told by name: the paths are too long for a line. */
const variables = ['STORE', 'IMAGE'] as const;

async function inYard(play: (yard: Yard) => Promise<void>): Promise<void> {
  try {
    await withYard(engines, (yard) => {
      process.env.STORE = `${yard.engine.root}/content`;
      return play(yard);
    });
  } finally {
    for (const name of variables) delete process.env[name];
  }
}

const lineOf = async (reference: string): Promise<string> => {
  const { file, start } = await quote(reference);
  return `${file.replace('src/', '')}:${start}`;
};

const good = (isSo: boolean): Verdict => [isSo ? 'GOOD' : 'BAD'];

/** Each step of a build: whether it was done, or found. */
function tell(show: Show, { steps, done, ran }: Built): void {
  for (const step of steps.filter((one) => !one.startsWith('FROM')))
    show.fact(step, !done.includes(step) ? 'found' : ran.includes(step) ? 'done, in a container' : 'done');
}

const copied = 'FROM lab\nCOPY password /password\nRUN cat /password > /dev/null\nRUN rm /password\n';
const mounted = 'FROM lab\nRUN --mount=type=secret,id=password cat /run/secrets/password > /dev/null\n';

export const demo: Demo = {
  lesson: 'build',
  seconds: 4,
  question: 'How does a builder know that it has done a step before?',
  scenes: [
    {
      title: 'TWICE',
      guess: 'built a second time: how many programs run?',
      play: (show) =>
        inYard(async ({ build, written }) => {
          const first = await build(ship, { hull: 'steel' });
          tell(show, first);
          process.env.IMAGE = first.id.replace(':', '/');
          await show.outside(`jq -r '.history[].created_by' $STORE/blobs/$IMAGE | cut -c1-40 | tail -2`);
          const before = written();
          const second = await build(ship, { hull: 'steel' }, { changed: 1_000_000 });
          show.fact('a second time, files copied anew', `${second.ran.length} programs run`, good(!second.ran.length));
          show.fact('the image', second.id === first.id ? 'the same' : 'another', good(second.id === first.id));
          show.fact('written to the disk', written() === before ? 'nothing' : 'something', good(written() === before));
          show.plus('a digest of whatever the outcome depends on', await lineOf('src/builder/cache.ts#cacheKey'));
        }),
    },
    {
      title: 'ONE BYTE',
      guess: 'a file of the context differs. Which of the four steps are done again?',
      play: (show) =>
        inYard(async ({ build, look }) => {
          await build(ship, { hull: 'steel' });
          const second = await build(ship, { hull: 'steer' });
          tell(show, second);
          const launched = await look(second.id, text('launched'));
          show.fact('/launched says', launched, good(launched === 'steer'));
          show.why('what stands on a step that was done anew stands on another image: so it has another key');
        }),
    },
    {
      title: 'A SECRET THAT WAS REMOVED',
      guess: 'the last step removes the password. Who can still read it?',
      play: (show) =>
        inYard(async ({ build, look }) => {
          const word = 'correct horse battery staple';
          const { id } = await build(copied, { password: word });
          const ls = await look(id, (tree) => text('etc/hostname')(tree).trim() && 'no /password');
          show.fact('a container of it sees', ls);
          await show.outside('grep -rl "correct horse" $STORE/blobs | wc -l', (said) => [
            said === '0' ? 'GOOD' : 'BAD',
            'in a layer',
          ]);
          show.why('a layer is what changed: the upper one says "gone", and the lower one is still there');
        }),
    },
    {
      title: 'AND ONE THAT WAS MOUNTED',
      guess: 'and now?',
      play: (show) =>
        inYard(async ({ build }) => {
          const secrets = { password: Buffer.from('correct horse battery staple') };
          const { ran } = await build(mounted, {}, { secrets });
          show.fact('the program has read it', ran[0]?.slice(0, 40) ?? '');
          await show.outside('grep -rl "correct horse" $STORE | wc -l', (said) => good(said === '0'));
        }),
    },
  ],
  turn: ['./drydock begin build', 'keys and stages: about 55 min'],
};
