/**
 * Every point at which a create can be cut off, in the order in which they come.
 *
 *     claimed              the claims are saved, nothing is made
 *     prepared             everything on the host is made, no process yet
 *     before setns, clone  the outer half waits
 *     born                 the child waits for its id maps
 *     before N call        the child waits before each step of its plan
 *     mounted              its mounts are made, its root has not changed
 *     created              its state is saved, and it has not been told so
 *
 * Two more are moments inside the parent, `reserved` and `unsaved`: the id is taken and nothing is written; the child
 * waits and its state is not written. There the parent can only kill itself.
 */
import type { CreateOptions } from '../../../src/runtime/container.ts';
import type { Isolator, Point, Waiting } from '../../../src/runtime/isolator.ts';
import { isolators } from '../../../src/runtime/isolators/index.ts';

export type Reach = (label: string, pid: number | undefined) => Promise<void> | void;

/** The whole stack, and a `reach` at every point. The last isolator is the last to be asked at each of them. */
export function withPoints(options: CreateOptions, reach: Reach): CreateOptions {
  const at = (label: Point) => ({ [label]: (_claim: unknown, { pid }: Waiting) => reach(label, pid) });
  const first: Isolator = { name: 'first', summary: '', claim: () => null, prepare: () => reach('claimed', undefined) };
  const last: Isolator = {
    name: 'last',
    summary: '',
    prepare: () => reach('prepared', undefined),
    at: { ...at('born'), ...at('mounted'), ...at('created') },
  };
  return {
    ...options,
    isolators: [first, ...(options.isolators ?? isolators), last],
    onStep: (step, index, pid) => reach(`before ${index < 0 ? '' : `${index} `}${step.call}`, pid),
  };
}
