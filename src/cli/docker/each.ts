/** One verb for several names: all of them are tried, those that succeed are told, and the failures come at the end. */
import { DrydockError } from '../../errors.ts';
import { print } from './print.ts';
import { CommandFailure, Harmless } from './failure.ts';

/** So many requests are under way at once. */
const AT_ONCE = 50;

/** Prints what `work` answers for each name, in the order of the names; throws what went wrong, a line for each. */
export async function each(names: readonly string[], work: (name: string) => Promise<string>): Promise<void> {
  const failures: unknown[] = [];
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const answers = await Promise.allSettled(names.slice(at, at + AT_ONCE).map(work));
    for (const answer of answers)
      if (answer.status === 'fulfilled') print(`${answer.value}\n`);
      else failures.push(answer.reason);
  }
  if (failures.length === 0) return;
  const code = failures.every((failure) => failure instanceof Harmless) ? 0 : 1;
  throw new CommandFailure(failures.map(sentenceOf).join('\n'), code);
}

/** The sentence of a failure; a mistake of ours is none, and goes on its way. */
export function sentenceOf(reason: unknown): string {
  if (reason instanceof DrydockError) return reason.message;
  throw reason;
}
