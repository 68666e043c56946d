/**
 * `kill`: a signal for the first process.
 */
import { DrydockError } from '../errors.ts';
import { signals } from '../linux/constants.ts';
import { attributesOf } from './attributes.ts';
import type { Engine } from './engine.ts';
import { numberOf, sendSignal } from './signal.ts';
import { isKeptDown } from './stop.ts';

/** Throws CONFLICT for a container that does not run, BAD_USAGE for what is no signal. */
export async function killContainer(engine: Engine, name: string, signal = 'KILL'): Promise<void> {
  const container = engine.containers.get(name);
  if (!container)
    throw new DrydockError('NO_SUCH_CONTAINER', `Cannot kill container: ${name}: No such container: ${name}`);
  const { record } = container;
  const number = numberOf(signal || 'KILL');
  if (!record.State.Running)
    throw new DrydockError('CONFLICT', `Cannot kill container: ${name}: Container ${record.Id} is not running`);
  // What is meant to end it is meant to keep it ended.
  if (number === signals.SIGKILL || number === numberOf(record.Config.StopSignal || 'TERM'))
    record.StoppedByHand = true;
  if (record.State.Restarting) {
    if (!record.StoppedByHand || (await isKeptDown(container))) return;
  }
  sendSignal(engine, container, number);
  engine.events.emit('container', 'kill', record.Id, attributesOf(record, { signal: String(number) }));
}
