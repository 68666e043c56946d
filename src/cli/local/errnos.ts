/** What the kernel may say to a call: the numbers that errno-calls.ts has a sentence of its own for. */
import { errnoTable, explain } from '../../linux/errno.ts';
import { vocabulary } from '../../runtime/steps.ts';

/** `EBUSY   new_root is …` for each number that means something special with this call. */
export function errnosOf(call: string): string[] {
  const special = errnoTable.filter(({ number, explanation }) => explain(number, call) !== explanation);
  const lines = special.map(({ name, number }) => `${name.padEnd(13)} ${explain(number, call)}`);
  const manual = Object.hasOwn(vocabulary, call) ? vocabulary[call as keyof typeof vocabulary].manual : `${call}(2)`;
  return [...lines, `all of them: section ERRORS of ${manual}`];
}
