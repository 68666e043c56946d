/**
 * A real engine, kill -9, and an engine with the learner's function in it on what was left.
 *
 * The first is a process of its own, from the bundle that ships. The second is opened here, rebuilt around the learner's
 * function: it has no sockets, and its operations are called.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as operations from '../../src/engine/index.ts';
import type { ContainerRecord } from '../../src/engine/types.ts';
import { consequence, type Bench } from '../../src/learn/check/check.ts';
import { withEngine, type OwnEngine } from '../../src/learn/engine.ts';
import { until } from '../../src/learn/facts.ts';
import { FATE, KERNEL, WRITTEN } from './check-fate.ts';

/** A container's folder in the run folder is called by twelve digits of its id (src/runtime/state.ts). */
const inRun = (engine: OwnEngine, id: string): string => join(engine.run, id.slice(0, 12));

/** The record as it lies on the disk. */
function onDisk({ root }: OwnEngine, id: string): ContainerRecord | undefined {
  const path = join(root, 'containers', id, 'container.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as ContainerRecord) : undefined;
}

/** Where a container stands: what the disk says, and what lies in the run folder. */
export function standing(engine: OwnEngine, id: string): string {
  const record = onDisk(engine, id)?.State.Status ?? 'no record';
  const files = ['state.json', 'shim.exit'].filter((name) => existsSync(join(inRun(engine, id), name)));
  return [record, ...files].join(' + ');
}

const ANSWERED = 'what was answered is on the disk, and after kill -9 of the engine yours has its containers back';

const survives = consequence(
  ANSWERED,
  { slot: FATE, needs: [KERNEL, WRITTEN], see: 'kill -9 $(cat /run/drydock/drydock.pid); ./drydock ps --all' },
  (t) =>
    withEngine(async (engine) => {
      const disk = await calls(engine);
      t.must(disk === 'create: created; start: running + state.json; end: exited; remove: no record', {
        did: 'asked for one thing after the other',
        kernel: disk,
        wanted: 'each on the disk when it was answered',
      });
      const runs = await engine.start({ script: 'sleep 1000' });
      const ends = await engine.start({ script: 'trap "exit 7" TERM; while :; do sleep 0.01; done' });
      const never = await engine.create({ script: 'true' });
      const pid = onDisk(engine, runs)!.State.Pid;
      await engine.kill();
      process.kill(onDisk(engine, ends)!.State.Pid, 'SIGTERM');
      await until(() => existsSync(join(inRun(engine, ends), 'shim.exit')));
      const is = await seenBy(t, engine, [runs, ends, never]);
      t.must(is === `running ${pid}, exited 7, created`, {
        did: 'opened an engine with your function in it',
        kernel: is,
        wanted: `running ${pid}, exited 7, created`,
      });
    }),
);

/** Where a container stands after each call of its life. */
async function calls(engine: OwnEngine): Promise<string> {
  const client = engine.client();
  const id = await engine.create({ name: 'box', script: 'sleep 1000' });
  const seen = [`create: ${standing(engine, id)}`];
  await client.done('POST', '/containers/box/start');
  seen.push(`start: ${standing(engine, id)}`);
  await client.done('POST', '/containers/box/kill');
  await client.done('POST', '/containers/box/wait');
  seen.push(`end: ${standing(engine, id)}`);
  await client.done('DELETE', '/containers/box');
  seen.push(`remove: ${standing(engine, id)}`);
  return seen.join('; ');
}

/** What the learner's engine says of containers that another one has left behind. */
async function seenBy(t: Bench, { root, run }: OwnEngine, ids: readonly string[]): Promise<string> {
  const { openEngine, inspectContainer, removeContainer } = await t.part<typeof operations>('src/engine/index.ts');
  // It must not take a bridge of this machine for its own.
  const engine = await openEngine({ root, run, bridge: 'drydock-none' });
  try {
    const all = [];
    for (const id of ids) {
      const { State } = await inspectContainer(engine, id);
      const more = State.Running ? ` ${State.Pid}` : State.Status === 'exited' ? ` ${State.ExitCode}` : '';
      all.push(`${State.Status}${more}`);
    }
    return all.join(', ');
  } finally {
    for (const id of ids) await removeContainer(engine, id, { force: true }).catch(() => undefined);
    await engine.close();
  }
}

export const crashChecks = [survives];
