/**
 * `stop` and `restart`: asked to end, and after a while made to.
 */
import { DrydockError } from '../errors.ts';
import { signals } from '../linux/constants.ts';
import { thawKilled } from '../runtime/kill.ts';
import { stateDir } from '../runtime/state.ts';
import { longSleep } from '../linux/timer.ts';
import { attributesOf } from './attributes.ts';
import type { Container } from './container.ts';
import type { Engine } from './engine.ts';
import { cancelRestart } from './life.ts';
import { numberOf, sendSignal } from './signal.ts';
import { startContainer } from './start.ts';

export interface StopWanted {
  readonly signal?: string;
  /** Seconds until it is killed; negative: never. Absent: as the container says, or ten. */
  readonly timeout?: number;
}

const PATIENCE_S = 10;

/** Ends a container. Throws NOT_MODIFIED for one that does not run. */
export async function stopContainer(engine: Engine, name: string, wanted: StopWanted = {}): Promise<void> {
  const container = engine.containers.find(name);
  if (!container.record.State.Running) throw new DrydockError('NOT_MODIFIED', `the container ${name} does not run`);
  container.record.StoppedByHand = true;
  await end(engine, container, wanted);
  engine.events.emit('container', 'stop', container.id, attributesOf(container.record));
}

/** Ends a container if it runs, and starts it. */
export async function restartContainer(engine: Engine, name: string, wanted: StopWanted = {}): Promise<void> {
  const container = engine.containers.find(name);
  if (container.record.State.Running) {
    container.record.StoppedByHand = true;
    await end(engine, container, wanted);
  }
  await startContainer(engine, container.id);
  engine.events.emit('container', 'restart', container.id, attributesOf(container.record));
}

/** Resolves when the container has ended, what it held is given back, and no restart of it is due. */
export async function end(engine: Engine, container: Container, wanted: StopWanted): Promise<void> {
  const { record } = container;
  const number = numberOf(wanted.signal || record.Config.StopSignal || 'TERM');
  while (record.State.Running)
    if (record.State.Restarting) await isKeptDown(container);
    else await endProcess(engine, container, number, wanted.timeout ?? record.Config.StopTimeout ?? PATIENCE_S);
}

/** It may end by itself at the same time, and be due for a restart then. */
async function endProcess(engine: Engine, container: Container, number: number, seconds: number): Promise<void> {
  const { record, id } = container;
  const ended = container.next('stopped');
  const tell = (what: number): void => {
    sendSignal(engine, container, what);
    engine.events.emit('container', 'kill', id, attributesOf(record, { signal: String(what) }));
  };
  tell(number);
  // One that is paused gets its signal when it goes on.
  if (record.State.Paused) thawKilled(stateDir(engine.run, id));
  if (seconds < 0 || (await within(ended, seconds * 1000))) return ended;
  tell(signals.SIGKILL!);
  return ended;
}

/**
 * Whether it waited to be started again, and does not any more. Decided when nobody else changes it: its time may have come
 * while we asked, and then it runs, and has to be ended as any other.
 */
export function isKeptDown(container: Container): Promise<boolean> {
  return container.alone(async () => {
    const { Restarting } = container.record.State;
    if (Restarting) await cancelRestart(container);
    return Restarting;
  });
}

async function within(ended: Promise<void>, milliseconds: number): Promise<boolean> {
  const given = new AbortController();
  const late = longSleep(milliseconds, given.signal).then(
    () => false,
    () => false,
  );
  try {
    return await Promise.race([ended.then(() => true), late]);
  } finally {
    given.abort();
  }
}
