/** Images as they are with the learner's functions in them. */
import type { RunConfig } from '../../src/images/config.ts';
import type * as images from '../../src/images/index.ts';
import type { Asked } from '../../src/images/spec.ts';
import type { Bench } from '../../src/learn/check/check.ts';
import { fromConfig, type Started } from './from-config.ts';

/** All of it, rebuilt around their functions. */
export const withTheirs = (t: Bench): Promise<typeof images> => t.part<typeof images>('src/images/index.ts');

/** A container that starts as their functions have made of the config. */
export async function started(t: Bench, image: RunConfig, asked: Partial<Asked> = {}): Promise<Started> {
  const options = fromConfig(await withTheirs(t), image, asked);
  return t.run(options).catch((error: Error) => error.message);
}
