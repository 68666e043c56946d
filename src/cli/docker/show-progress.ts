/** The engine's progress on our screen, up to its end or its failure. */
import type { Readable } from 'node:stream';
import { messages } from '../../client/messages.ts';
import type { Progress } from '../../client/types.ts';
import { progressOn } from '../format/progress.ts';
import { HintedFailure } from './failure.ts';

interface Wishes {
  readonly screen?: NodeJS.WriteStream;
  readonly quiet?: boolean;
  /** What is no text for a person. */
  onAux?(aux: NonNullable<Progress['aux']>): void;
}

/** Throws what the stream says went wrong: its head was a success all the same. */
export async function showProgress(
  stream: Readable,
  { screen = process.stdout, quiet, onAux }: Wishes = {},
): Promise<void> {
  // A screen reader and an editor cannot write over a line.
  const show = progressOn(screen, { quiet, plain: process.env.TERM === 'dumb' });
  for await (const message of messages<Progress>(stream)) {
    const { error, errorDetail, aux, hint } = message;
    if (error !== undefined || errorDetail)
      throw new HintedFailure(errorDetail?.message ?? error!, hint, errorDetail?.code || 1);
    if (aux) onAux?.(aux);
    else show(message);
  }
}
