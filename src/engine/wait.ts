/**
 * `wait`: how a container's program ended.
 */
import type { Engine } from './engine.ts';
import type { WaitAnswer, WaitCondition } from './types.ts';

/**
 * Answers when the condition has come true. Throws NO_SUCH_CONTAINER at the call, not by the promise: whoever answers over
 * HTTP sends the headers before the end.
 */
export function waitContainer(
  engine: Engine,
  name: string,
  condition: WaitCondition = 'not-running',
): Promise<WaitAnswer> {
  const container = engine.containers.find(name);
  const { record } = container;
  const answer = (): WaitAnswer => ({
    StatusCode: record.State.ExitCode,
    ...(record.State.Error && { Error: { Message: record.State.Error } }),
  });
  if (condition === 'not-running' && !record.State.Running) return Promise.resolve(answer());
  return container.next(condition === 'removed' ? 'removed' : 'stopped').then(answer);
}
