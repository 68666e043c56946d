/** One after the other, and on after one that fails, as Docker does with several names: the first failure is the answer. */
import { manner } from '../dispatch.ts';
import { report } from '../errors.ts';

/** Each failure is printed as it comes, and sets the exit code; the last name's is thrown. */
export async function eachOf(names: readonly string[], work: (name: string) => Promise<void>): Promise<void> {
  for (const [i, name] of names.entries()) {
    try {
      await work(name);
    } catch (error) {
      if (i === names.length - 1) throw error;
      report(error, manner);
    }
  }
}
