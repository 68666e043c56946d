/**
 * Demo of lesson engine: what is on the disk after each call, what comes through the connection, and what is there after
 * kill -9: of an engine that rests, and of one in the middle of something.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { demultiplex } from '../../src/client/frames.ts';
import type { Demo, Show } from '../../src/learn/demo/demo.ts';
import { withEngine, type OwnEngine } from '../../src/learn/engine.ts';
import { until } from '../../src/learn/facts.ts';
import { quote } from '../../src/learn/source.ts';
import { standing } from './check-crash.ts';

const variables = ['S', 'LOGS', 'ENGINE', 'BOX'] as const;

/** An engine for a scene. The shell knows its socket as $S. */
async function scene(body: (engine: OwnEngine) => Promise<void>): Promise<void> {
  try {
    await withEngine((engine) => {
      process.env.S = engine.socket;
      return body(engine);
    });
  } finally {
    for (const name of variables) delete process.env[name];
  }
}

interface Inspected {
  readonly State: { readonly Status: string; readonly Pid: number; readonly ExitCode: number };
}

const stateOf = async (engine: OwnEngine, name: string): Promise<Inspected['State']> =>
  (await engine.client().json<Inspected>('GET', `/containers/${name}/json`)).State;

const isGone = (said: string): readonly ['GOOD' | 'BAD'] => (/No such/.test(said) ? ['GOOD'] : ['BAD']);

async function source(show: Show, reference: string, text: string): Promise<void> {
  const { file, start } = await quote(reference);
  show.plus(text, `${file.replace('src/', '')}:${start}`);
}

export const demo: Demo = {
  lesson: 'engine',
  seconds: 12,
  question: 'Who remembers a container while nobody runs?',
  scenes: [
    {
      title: 'A COMMAND IS A REQUEST',
      guess: 'what is on the disk when `create` has been answered?',
      play: (show) =>
        scene(async (engine) => {
          const client = engine.client();
          await show.outside('curl -s --unix-socket $S engine/_ping', (said) => (said === 'OK' ? ['GOOD'] : ['BAD']));
          const id = await engine.create({ name: 'box', script: 'sleep 1000' });
          show.fact('POST   containers/create', standing(engine, id));
          await client.done('POST', '/containers/box/start');
          show.fact('POST   containers/box/start', standing(engine, id));
          await client.done('POST', '/containers/box/kill');
          await client.done('POST', '/containers/box/wait');
          show.fact('POST   containers/box/kill', standing(engine, id));
          await client.done('DELETE', '/containers/box');
          show.fact('DELETE containers/box', standing(engine, id));
          await source(show, 'src/engine/record.ts#writeRecord', 'beside, to the disk, renamed: then the answer');
        }),
    },
    {
      title: 'TWO OUTPUTS, ONE CONNECTION',
      guess: 'how does the client know which output a byte is of?',
      play: (show) =>
        scene(async (engine) => {
          const id = await engine.start({ name: 'box', script: 'echo out; echo err >&2' });
          await engine.client().done('POST', '/containers/box/wait');
          process.env.LOGS = `engine/containers/${id}/logs?stdout=1&stderr=1`;
          await show.outside('curl -s --unix-socket $S "$LOGS" | od -An -tx1 -w12');
          await source(show, 'src/client/frames.ts#demultiplex', 'header, length, bytes');
          const query = { stdout: true, stderr: true };
          const logs = await engine.client().stream('GET', '/containers/box/logs', { query });
          for await (const { stream, bytes } of demultiplex(logs))
            show.fact(`stream ${stream}`, JSON.stringify(bytes.toString()));
        }),
    },
    {
      title: 'KILL -9',
      guess: 'the engine is killed. And its containers?',
      play: (show) =>
        scene(async (engine) => {
          await engine.start({ name: 'box', script: 'while :; do echo tick; sleep 0.02; done' });
          const id = await engine.start({ name: 'seven', script: 'trap "exit 7" TERM; while :; do sleep 0.02; done' });
          const [box, seven] = [await stateOf(engine, 'box'), await stateOf(engine, 'seven')];
          process.env.ENGINE = String(engine.pid);
          process.env.BOX = String(box.Pid);
          await engine.kill();
          await show.outside('kill -0 $ENGINE', isGone);
          await show.outside('cat /proc/$BOX/comm', (said) => (said === 'sh' ? ['GOOD', 'it runs on'] : ['BAD']));
          process.kill(seven.Pid, 'SIGTERM');
          const ending = join(engine.run, id.slice(0, 12), 'shim.exit');
          await until(() => existsSync(ending));
          const { status } = JSON.parse(readFileSync(ending, 'utf8')) as { status: number };
          show.fact('another ends meanwhile, with', `${status}, says its vessel's file`);
          await source(show, 'src/engine/fate.ts#fateOf', 'the next engine decides');
          await engine.begin();
          const [again, ended] = [await stateOf(engine, 'box'), await stateOf(engine, 'seven')];
          show.fact('it says of the first', `${again.Status}, the same process`, [
            again.Pid === box.Pid ? 'GOOD' : 'BAD',
          ]);
          show.fact('and of the other', `${ended.Status}, ${ended.ExitCode}`, [ended.ExitCode === 7 ? 'GOOD' : 'BAD']);
        }),
    },
    {
      title: 'KILLED IN THE MIDDLE',
      guess: '`create` was never answered. Is there a container?',
      play: (show) =>
        scene(async (engine) => {
          await engine.kill();
          await engine.begin({ DRYDOCK_FAILPOINT: 'create:layers' });
          const answer = await engine.create({ name: 'half', script: 'true' }).catch(() => undefined);
          await engine.gone();
          show.fact('POST containers/create', answer ?? 'no answer: the connection is gone');
          const containers = join(engine.root, 'containers');
          show.fact('folders on the disk', `${readdirSync(containers).length}, without a container.json`);
          await engine.begin();
          const left = readdirSync(containers).length;
          show.fact('after the next engine', String(left), [left === 0 ? 'GOOD' : 'BAD']);
          show.why('what was answered is there, and what was not answered is gone: nothing lies between');
        }),
    },
  ],
  turn: ['./drydock begin engine', 'frames, and a crash: about 65 min'],
};
