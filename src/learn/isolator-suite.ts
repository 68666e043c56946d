/**
 * What every isolator is judged by, those of the runtime (test/kernel/runtime/compose.test.ts) and one that a learner has
 * written alike.
 *
 *  1. It needs no more than it says: with that alone a container is made, runs to its end, and is gone.
 *  2. It does what it is for; `look` says what that is, while the container waits for its start.
 *  3. Its steps follow from the config: recorded a second time, they are the same.
 */
import type { CreateOptions } from '../runtime/container.ts';
import type { Isolator, StepContext } from '../runtime/isolator.ts';
import type { AnyIsolator } from '../runtime/isolators/index.ts';
import { record } from '../runtime/plan.ts';
import type { Runtime } from './rebuilt.ts';

/** The isolator, what it requires, and a program, in the order of the stack; one that is not in the stack comes last. */
export function withRequired(isolator: AnyIsolator, stack: readonly AnyIsolator[]): readonly AnyIsolator[] {
  const needed = new Set(['process']);
  const need = ({ name, requires = [] }: AnyIsolator): void => {
    needed.add(name);
    for (const other of stack) if (requires.includes(other.name)) need(other);
  };
  need(isolator);
  const those = stack.filter(({ name }) => needed.has(name));
  return those.some(({ name }) => name === isolator.name) ? those : [...those, isolator];
}

/** Takes, runs and gives back: the exit code of a program in a container made of `options.isolators`. */
export async function runThrough<T extends { id: string; pid: number; wait(): Promise<number> }>(
  { create, start, remove }: { create(options: CreateOptions): Promise<T> } & Pick<Runtime, 'start' | 'remove'>,
  options: CreateOptions,
  look: (box: T) => void,
): Promise<number> {
  const { run, id, isolators } = options;
  const box = await create(options);
  const ended = box.wait();
  try {
    look(box);
    await start(run, id, isolators);
    return await ended;
  } finally {
    await remove(run, id, { force: true }, isolators);
    await ended;
  }
}

/** What an isolator records for this config, as text: calls with their arguments. */
export function stepsOf(isolator: Isolator, context: StepContext): string[] {
  const { steps, recorder } = record();
  const phase = typeof isolator.phase === 'function' ? isolator.phase(context) : isolator.phase;
  isolator.steps?.(recorder(isolator.name, phase), context, isolator.claim?.(context.spec, context.host) ?? null);
  return steps.map(({ call, args }) => `${call} ${JSON.stringify(args)}`);
}
