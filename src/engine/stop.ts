/**
 * `stop` and `restart`: asked to end, and after a while made to.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DrydockError } from '../errors.ts';
import { signals } from '../linux/constants.ts';
import { thawKilled } from '../runtime/kill.ts';
import { stateDir } from '../runtime/state.ts';
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

/** Resolves when the container has ended and what it held is given back. */
export async function end(engine: Engine, container: Container, { signal, timeout }: StopWanted): Promise<void> {
  const { Config, State } = container.record;
  const number = numberOf(signal || Config.StopSignal || 'TERM');
  if (State.Restarting) return container.alone(() => cancelRestart(container));
  const ended = container.next('stopped');
  const tell = (what: number): void => {
    sendSignal(engine, container, what);
    engine.events.emit('container', 'kill', container.id, attributesOf(container.record, { signal: String(what) }));
  };
  tell(number);
  // One that is paused gets its signal when it goes on.
  if (State.Paused) thawKilled(stateDir(engine.run, container.id));
  const seconds = timeout ?? Config.StopTimeout ?? PATIENCE_S;
  if (seconds < 0 || (await within(ended, seconds * 1000))) return ended;
  tell(signals.SIGKILL!);
  return ended;
}

async function within(ended: Promise<void>, milliseconds: number): Promise<boolean> {
  const given = new AbortController();
  const late = sleep(milliseconds, false, { signal: given.signal }).catch(() => false);
  try {
    return await Promise.race([ended.then(() => true), late]);
  } finally {
    given.abort();
  }
}
