/**
 * `kill`: a signal for the first process.
 */
import { DrydockError } from '../errors.ts';
import { signalNumber, signals } from '../linux/constants.ts';
import { attributesOf } from './attributes.ts';
import type { Engine } from './engine.ts';
import { goOn } from './pause.ts';
import { numberOf, sendSignal } from './signal.ts';
import { isKeptDown } from './stop.ts';
import type { ContainerRecord } from './types.ts';

/** Throws CONFLICT for a container that does not run, BAD_USAGE for what is no signal. */
export async function killContainer(engine: Engine, name: string, signal = 'KILL'): Promise<void> {
  const container = engine.containers.get(name);
  if (!container)
    throw new DrydockError('NO_SUCH_CONTAINER', `Cannot kill container: ${name}: No such container: ${name}`);
  const { record } = container;
  const number = signalAsked(name, signal || 'KILL');
  if (!record.State.Running)
    throw new DrydockError('CONFLICT', `Cannot kill container: ${name}: Container ${record.Id} is not running`);
  const isEnding = isMeantToEnd(record, number);
  if (isEnding) record.StoppedByHand = true;
  if (record.State.Restarting) {
    if (!record.StoppedByHand || (await isKeptDown(container))) return;
  }
  sendSignal(engine, container, number);
  engine.events.emit('container', 'kill', record.Id, attributesOf(record, { signal: String(number) }));
  // What is only a word waits until it goes on.
  if (isEnding && number !== signals.SIGKILL && record.State.Paused) await goOn(engine, container);
}

/**
 * What is meant to end a container is meant to keep it ended, and reaches it though it is paused. Docker takes every signal for
 * that as long as nobody has said by which one it is stopped (moby, daemon/kill.go).
 */
function isMeantToEnd({ Config: { StopSignal } }: ContainerRecord, number: number): boolean {
  return number === signals.SIGKILL || !StopSignal || number === numberOf(StopSignal);
}

/** Throws BAD_USAGE in Docker's words, which are others for a number than for a name. */
function signalAsked(name: string, signal: string): number {
  if (/^\+?\d+$/.test(signal) && Number(signal) > 0 && signalNumber(signal.replace('+', '')) === undefined)
    throw new DrydockError(
      'BAD_USAGE',
      `Cannot kill container: ${name}: The linux daemon does not support signal ${Number(signal)}`,
      { hint: 'numbers of signals are 1 to 64 (signal(7))' },
    );
  return numberOf(signal);
}
