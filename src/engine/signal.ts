/**
 * Signals by what people write: TERM, SIGTERM, 15.
 */
import { DrydockError } from '../errors.ts';
import { signalNumber } from '../linux/constants.ts';
import type { Container } from './container.ts';
import type { Engine } from './engine.ts';
import { kill } from '../runtime/kill.ts';

/** Throws BAD_USAGE in Docker's words. */
export function numberOf(signal: string): number {
  const number = signalNumber(signal);
  if (number !== undefined) return number;
  throw new DrydockError('BAD_USAGE', `Invalid signal: ${signal}`, {
    hint: 'TERM, SIGTERM or 15, as kill(1) has them',
  });
}

/** Sends it to the first process; one that has ended meanwhile has got what it would have got. */
export function sendSignal({ run }: Engine, { id }: Container, number: number): void {
  try {
    kill(run, id, number);
  } catch (error) {
    if (!(error instanceof DrydockError) || !['WRONG_STATE', 'NO_SUCH_CONTAINER'].includes(error.code)) throw error;
  }
}
