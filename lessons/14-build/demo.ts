/**
 * Demo of lesson build, with a real builder: what is done twice and what is not, what one byte changes, which stages
 * are built and when, and what is left of a secret in an image that has removed it.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as engines from '../../src/engine/index.ts';
import type { Demo, Show, Verdict } from '../../src/learn/demo/demo.ts';
import { quote } from '../../src/learn/source.ts';
import { text, waits, withYard, type Built, type Yard } from './yard.ts';

const ship = `FROM lab
ENV SHIP=drydock
COPY hull /hull
RUN cat /hull > /launched
CMD ["cat", "/launched"]
`;

/** An engine of the scene's own. The shell knows its blobs as $STORE. */
async function inYard(play: (yard: Yard) => Promise<void>): Promise<void> {
  try {
    await withYard(engines, (yard) => {
      process.env.STORE = join(yard.engine.root, 'content/blobs');
      return play(yard);
    });
  } finally {
    delete process.env.STORE;
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

const fleet = `FROM lab AS hull
${waits('hull', 'mast')}
RUN echo iron > /hull
FROM lab AS mast
${waits('mast', 'hull')}
RUN echo wood > /mast
FROM lab AS docs
RUN echo never; false
FROM scratch
COPY --from=hull /hull /
COPY --from=mast /mast /
`;

const WORD = 'correct horse';
const copied = 'FROM lab\nCOPY password /password\nRUN cat /password\nRUN rm /password\n';
const mounted = 'FROM lab\nRUN --mount=type=secret,id=password cat /run/secrets/password\n';
const grep = (show: Show): Promise<string> =>
  show.outside(`grep -rl "${WORD}" $STORE | wc -l`, (said) => (said === '0' ? ['GOOD'] : ['BAD', 'in a layer']));

export const demo: Demo = {
  lesson: 'build',
  seconds: 5,
  question: 'How does a builder know that it has done a step before?',
  scenes: [
    {
      title: 'TWICE',
      guess: 'built a second time: how many programs run?',
      play: (show) =>
        inYard(async ({ build, written }) => {
          const first = await build(ship, { hull: 'steel' });
          tell(show, first);
          const line = first.config.history?.find((one) => one.created_by?.includes('COPY'))?.created_by ?? '';
          show.fact('what the history says of COPY', line.replace(/^.*#\(nop\) |(?<=file:.{12}).*(?= in)/g, '').trim());
          const before = written();
          const second = await build(ship, { hull: 'steel' }, { changed: 1_000_000 });
          show.fact('again, with files copied anew', `${second.ran.length} programs run`, good(!second.ran.length));
          show.fact('the image', second.id === first.id ? 'the same' : 'another', good(second.id === first.id));
          show.fact('written to the disk', written() === before ? 'nothing' : 'something', good(written() === before));
          show.plus('a digest of whatever the outcome depends on', await lineOf('src/builder/key.ts#cacheKey'));
        }),
    },
    {
      title: 'ONE BYTE',
      guess: 'one byte of hull differs: how many steps are done again?',
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
      title: 'FOUR STAGES',
      guess: 'which of them are built, and in which order?',
      play: (show) =>
        inYard(async ({ build, look }) => {
          const { id, ran, config } = await build(fleet);
          const count = fleet.match(/^FROM/gm)!.length;
          show.fact('FROM, in the Dockerfile', `${count} times`);
          show.fact(
            'hull and mast wait for each other',
            `${ran.filter((one) => one.includes('quay')).length} have ended`,
          );
          show.fact('RUN echo never; false', ran.some((one) => one.includes('never')) ? 'has run' : 'has not run');
          show.plus('what the target needs, and nothing else', await lineOf('src/builder/stages.ts#stagesFor'));
          const names = await look(id, (tree) => readdirSync(tree).join(' '));
          show.fact('the image', `${names}, in ${config.rootfs.diff_ids.length} layers`, good(names === 'hull mast'));
          show.why(
            'no arrow leads from the last stage to docs, nor between hull and mast: so they are built side by side',
          );
        }),
    },
    {
      title: 'A SECRET THAT WAS REMOVED',
      guess: 'RUN rm /password: who can still read it?',
      async play(show) {
        await inYard(async ({ build, look }) => {
          const { id } = await build(copied, { password: WORD });
          const isThere = await look(id, (tree) => existsSync(join(tree, 'password')));
          show.fact('copied, used, removed: in the tree', isThere ? '/password' : 'no /password');
          await grep(show);
          show.why('a layer is what changed: the upper one says "gone", and the lower one is still there');
        });
        await inYard(async ({ build }) => {
          const { ran } = await build(mounted, {}, { secrets: { password: Buffer.from(WORD) } });
          show.fact('mounted instead', `${ran.length} program has read it`);
          await grep(show);
        });
      },
    },
  ],
  turn: ['./drydock begin build', 'keys and stages: about 55 min'],
};
