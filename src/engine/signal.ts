/**
 * Signals by what people write: TERM, SIGTERM, 15.
 */
import { DrydockError } from '../errors.ts';
import { signalNumber } from '../linux/constants.ts';
import type { Container } from './container.ts';
import type { Engine } from './engine.ts';
import { kill } from '../runtime/kill.ts';

/** Names that Docker knows besides those of signal(7), where they are of old systems (moby/sys, signal_linux.go). */
const dockers: Readonly<Record<string, number>> = { CLD: 17, POLL: 29, IOT: 6 };

/** Of real-time signals it has RTMIN to RTMIN+15 and RTMAX-14 to RTMAX, and not the same ones by the other end. */
function isPlain(signal: string): boolean {
  const [, end, distance] = /^(?:SIG)?RT(MIN\+|MAX-)(\d+)$/i.exec(signal) ?? [];
  if (end === undefined) return !/^(?:SIG)?RTM..[+-]/i.test(signal);
  return /^[1-9]/.test(distance!) && Number(distance) <= (end.toUpperCase() === 'MIN+' ? 15 : 14);
}

/** Throws BAD_USAGE in Docker's words. */
export function numberOf(signal: string): number {
  const number =
    dockers[signal.toUpperCase().replace(/^SIG/, '')] ??
    (isPlain(signal) ? signalNumber(signal.replace(/^\+(?=\d)/, '')) : undefined);
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
