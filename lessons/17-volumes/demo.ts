/**
 * Demo of lesson volumes, with a real engine: data with and without a volume, who fills a new one, who has it, and three
 * kinds of mounts that are one line each.
 */
import * as engines from '../../src/engine/index.ts';
import type { Demo, Show, Verdict } from '../../src/learn/demo/demo.ts';
import { quote } from '../../src/learn/source.ts';
import { withEngine, type Harbour } from './engine.ts';

const lineOf = async (reference: string): Promise<string> => {
  const { file, start } = await quote(reference);
  return `${file.replace('src/', '')}:${start}`;
};

/** What the shell of a scene is told by name: the paths are too long for a line. */
const variables = ['ENGINE', 'VOLUME'] as const;

/** An engine, whose folder the shell knows as $ENGINE. */
async function atHarbour(play: (harbour: Harbour) => Promise<void>): Promise<void> {
  try {
    await withEngine(engines, (harbour) => {
      process.env.ENGINE = harbour.engine.root;
      return play(harbour);
    });
  } finally {
    for (const name of variables) delete process.env[name];
  }
}

/** Lets the engine do something, and shows the command of a person who asks for it, with the answer. */
async function ask(show: Show, command: string, deed: Promise<unknown>, verdict?: Verdict): Promise<void> {
  const answer = await deed.then(
    () => 'done',
    (error: Error) => error.message.replace(/[0-9a-f]{52}(?=[0-9a-f]{0}\])/, '…'),
  );
  show.fact(command, answer, verdict);
}

/** Runs a container to its end. */
async function run({ create, start, ended }: Harbour, name: string, script: string, Binds: string[]): Promise<void> {
  await start(await create(name, script, { Binds }));
  await ended(name);
}

export const demo: Demo = {
  lesson: 'volumes',
  seconds: 6,
  question: 'A container is removed. What of its data stays, and who decides?',
  scenes: [
    {
      title: 'WHERE DOES IT GO?',
      guess: 'a container writes a file and is removed. Where is the file?',
      play: (show) =>
        atHarbour(async (harbour) => {
          const { remove, engine } = harbour;
          await run(harbour, 'one', 'echo ahoy > /srv/diary', []);
          await show.outside('cd $ENGINE; find -name diary | cut -d/ -f2-3');
          await ask(show, 'rm one', remove('one'));
          await show.outside('find $ENGINE -name diary | wc -l', (said) => [
            said.trim() === '0' ? 'BAD' : 'GOOD',
            'gone',
          ]);
          await run(harbour, 'two', 'echo ahoy > /srv/diary', ['data:/srv']);
          await ask(show, 'the same with -v data:/srv, rm two', remove('two'));
          process.env.VOLUME = engine.volumes.inspect('data').Mountpoint;
          await show.outside('cat $VOLUME/diary', (said) => [said.trim() === 'ahoy' ? 'GOOD' : 'BAD']);
          show.why('a volume is a folder that is mounted over the layers: what is written there is not in them');
        }),
    },
    {
      title: 'WHO FILLS A NEW ONE',
      guess: 'the image has files at the place of the volume. Do you see them?',
      play: (show) =>
        atHarbour(async (harbour) => {
          await run(harbour, 'one', 'echo mine > /etc/mine', ['etc:/etc']);
          process.env.VOLUME = harbour.engine.volumes.inspect('etc').Mountpoint;
          await show.outside('ls $VOLUME | head -4 | xargs', (said) => [
            /mine/.test(said) ? 'GOOD' : 'BAD',
            'copied up',
          ]);
          show.plus('copied once, into what is empty', await lineOf('src/images/volume.ts#copyUp'));
          await run(harbour, 'two', 'true', ['etc:/etc']);
          await show.outside('ls $VOLUME | grep -c mine', (said) => [
            said.trim() === '1' ? 'GOOD' : 'BAD',
            'not again',
          ]);
          show.why('the second container finds what the first has left, and not what the image has');
        }),
    },
    {
      title: 'WHO HAS IT',
      guess: 'the container does not run. May its volume be removed?',
      play: (show) =>
        atHarbour(async (harbour) => {
          const { create, remove, engine } = harbour;
          await create('one', 'true', { Binds: ['data:/srv', '/scratch'] });
          await ask(show, 'volume rm data', engine.volumes.remove('data'), ['GOOD', 'refused']);
          show.plus('asked of the records, never counted', await lineOf('src/engine/volumes/users.ts#usersOf'));
          await show.outside('ls $ENGINE/volumes | cut -c1-12 | xargs');
          await ask(show, 'rm -v one', remove('one'));
          await show.outside('ls $ENGINE/volumes | cut -c1-12 | xargs', (said) => [
            said.trim() === 'data' ? 'GOOD' : 'BAD',
          ]);
          show.why('what somebody has named, somebody may come back for');
        }),
    },
    {
      title: 'THREE KINDS, ONE LINE EACH',
      guess: 'a volume, a folder of the host, memory: what tells the kernel?',
      play: (show) =>
        atHarbour(async ({ create, start }) => {
          const host = { Binds: ['data:/srv', '/usr/share:/mnt:ro'], Tmpfs: { '/run': '' } };
          const pid = await start(await create('one', 'exec sleep 1000', host));
          for (const place of ['/srv', '/mnt', '/run'])
            await show.outside(`findmnt -N ${pid} -no FSTYPE,OPTIONS ${place} | cut -c1-30`);
          show.why('the engine makes a folder and remembers it; the kernel has three mounts and no idea of volumes');
        }),
    },
  ],
  turn: ['./drydock begin volumes', 'who has it, what is in it: about 35 min'],
};
