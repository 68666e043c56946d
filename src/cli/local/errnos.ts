/** What the kernel may say to a call: the numbers that errno-calls.ts has a sentence of its own for. */
import { errnoTable, explain } from '../../linux/errno.ts';
import { vocabulary } from '../../runtime/steps.ts';

/** `EBUSY` and what it means with this call, for each number that means something special. */
export function errnosOf(call: string): (readonly [name: string, meaning: string])[] {
  const manual = Object.hasOwn(vocabulary, call) ? vocabulary[call as keyof typeof vocabulary].manual : `${call}(2)`;
  // A compound step is refused by the call that it is named after in the manual.
  const inner = manual.slice(0, manual.indexOf('('));
  const special = errnoTable.filter(({ number, explanation }) => explain(number, inner) !== explanation);
  return [
    ...special.map(({ name, number }) => [name, explain(number, inner)] as const),
    ['all of them', `section ERRORS of ${manual}`] as const,
  ];
}
