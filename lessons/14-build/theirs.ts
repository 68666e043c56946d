/** A yard with the learner's functions in it. */
import type * as engines from '../../src/engine/index.ts';
import type { Bench } from '../../src/learn/check/check.ts';
import { withYard, type Yard } from './yard.ts';

export async function withTheirs<T>(t: Bench, body: (yard: Yard) => Promise<T>): Promise<T> {
  return withYard(await t.part<typeof engines>('src/engine/index.ts'), body);
}
