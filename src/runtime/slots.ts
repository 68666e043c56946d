/**
 * Which functions may be replaced, and by what.
 *
 * A slot is a function of the real source that a learner may write anew. It is named by its file and symbol, as the
 * book quotes it: `isolators/pid.ts#namespaces` is the method `namespaces` of the isolator that the file exports under
 * the name of the file. The runtime never looks for replacements by itself: whoever wants them passes a swapped stack.
 */
import { closest } from 'fastest-levenshtein';
import { DrydockError } from '../errors.ts';
import { isolators, type AnyIsolator } from './isolators/index.ts';

/** Methods of isolators that lessons ask for. */
export const slotNames: readonly string[] = ['isolators/pid.ts#namespaces'];

export type Replacements = Readonly<Record<string, unknown>>;

/**
 * The stack with some of its functions replaced.
 *
 * @throws SLOT_INVALID when a slot does not exist, or its replacement is no function.
 */
export function swap(replacements: Replacements, stack: readonly AnyIsolator[] = isolators): readonly AnyIsolator[] {
  let swapped = stack;
  for (const [slot, replacement] of Object.entries(replacements)) {
    const [, name, method] = /^isolators\/([\w-]+)\.ts#(\w+)$/.exec(slot) ?? [];
    if (!name || !method || !slotNames.includes(slot))
      throw new DrydockError('SLOT_INVALID', `there is no slot '${slot}'`, {
        hint: `did you mean ${closest(slot, [...slotNames])}?`,
      });
    if (typeof replacement !== 'function')
      throw new DrydockError('SLOT_INVALID', `what stands in '${slot}' is no function but ${typeof replacement}`);
    swapped = swapped.map((isolator) => (isolator.name === name ? { ...isolator, [method]: replacement } : isolator));
  }
  return swapped;
}
