/** What a learner has written, for a check that calls it by itself: without a container around it. */
import { DrydockError } from '../../errors.ts';
import type { Bench } from './check.ts';

/** The function in a slot of TypeScript. `F` is its type in the source: the compiler has checked the learner's against it. */
export function functionOf<F>(t: Pick<Bench, 'solved'>, slot: string): F {
  const solved = t.solved(slot);
  if (solved.kind !== 'function') throw new DrydockError('INTERNAL', `${slot} is no function`);
  return solved.run as F;
}
