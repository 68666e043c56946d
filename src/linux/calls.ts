/**
 * Turns what the binding throws into the error that a person meets: which call, with which arguments, what the number
 * means. Everything that src/linux exports goes through here once, so no caller needs a try of its own for that.
 */
import { DrydockError } from '../errors.ts';
import { errorName, explain } from './errno.ts';

/** The shape of an Error thrown by the binding; see addon/binding/values.h. */
interface Refusal extends Error {
  code: 'SYSCALL';
  errno: number;
  syscall: string;
}

function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && (error as Partial<Refusal>).code === 'SYSCALL' && !(error instanceof DrydockError);
}

const longest = 60;

/** An argument as it is shown: names as text, descriptors as numbers, long data as its length. */
export function printed(argument: unknown): string {
  if (Buffer.isBuffer(argument))
    return argument.length > longest ? `<${argument.length} bytes>` : printed(argument.toString());
  if (typeof argument === 'function') return '<function>';
  const text =
    JSON.stringify(argument, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) ?? 'undefined';
  return text.length > longest * 3 ? `${text.slice(0, longest * 3)}…` : text;
}

/** A DrydockError for `call(args)` that was refused with `errno`. */
export function syscallError(call: string, args: readonly unknown[], errno: number): DrydockError {
  const message = `${call}(${args.map(printed).join(', ')}): ${errorName(errno)}. ${explain(errno, call)}`;
  return new DrydockError('SYSCALL', message, { call, args, errno });
}

/** True for an error of a refused call, if given with one of these numbers. */
export function isSyscallError(error: unknown, ...errnos: number[]): error is DrydockError & { errno: number } {
  if (!(error instanceof DrydockError) || error.code !== 'SYSCALL' || error.errno === undefined) return false;
  return errnos.length === 0 || errnos.includes(error.errno);
}

/**
 * Runs `body`; what node:fs says of a refused call in it becomes the same error as for a call of our own. `where` stands
 * in where Node does not know the path.
 */
export async function told<T>(body: () => Promise<T> | T, where?: string): Promise<T> {
  try {
    return await body();
  } catch (error) {
    const { syscall, errno, path = where } = error as NodeJS.ErrnoException;
    if (error instanceof DrydockError || syscall === undefined || errno === undefined) throw error;
    throw syscallError(syscall, [path], Math.abs(errno));
  }
}

/** The same function, whose refusals are DrydockErrors with its arguments; also those of a promise that it answers. */
export function withSentences<Args extends unknown[], Result>(
  fn: (...args: Args) => Result,
): (...args: Args) => Result {
  return (...args) => {
    const refuse = (error: unknown): never => {
      throw isRefusal(error) ? syscallError(error.syscall, args, error.errno) : error;
    };
    try {
      const result = fn(...args);
      return result instanceof Promise ? (result.catch(refuse) as Result) : result;
    } catch (error) {
      return refuse(error);
    }
  };
}
