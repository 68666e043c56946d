/** `STOPSIGNAL signal`: what `stop` sends first. */
import { DrydockError } from '../../errors.ts';
import { signals } from '../../linux/constants.ts';
import type { StopsignalInstruction } from '../dockerfile/index.ts';
import { nop, type Perform } from '../change.ts';

export const stopsignal: Perform<StopsignalInstruction> = ({ config }, { signal }) => {
  const isKnown = /^\d{1,2}$/.test(signal)
    ? Number(signal) > 0 && Number(signal) <= 64
    : signal.toUpperCase().replace(/^(?!SIG)/, 'SIG') in signals || /^(SIG)?RTM(IN|AX)([-+]\d+)?$/i.test(signal);
  if (!isKnown)
    throw new DrydockError('INSTRUCTION_FAILED', `Invalid signal: ${signal}`, { hint: 'as in SIGTERM, TERM or 15' });
  return { config: { ...config, StopSignal: signal }, says: nop(config, ` STOPSIGNAL ${signal}`) };
};
