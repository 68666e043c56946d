/**
 * `wait`: how a container's program ended.
 */
import type { Engine } from './engine.ts';
import type { WaitAnswer, WaitCondition } from './types.ts';

/**
 * Answers when the condition has come true, or cannot: a removal that has failed. Throws NO_SUCH_CONTAINER at the call, not by the promise: whoever answers over
 * HTTP sends the headers before the end.
 */
export function waitContainer(
  engine: Engine,
  name: string,
  condition: WaitCondition = 'not-running',
): Promise<WaitAnswer> {
  const container = engine.containers.find(name);
  const { record } = container;
  const answer = (stuck?: Error): WaitAnswer => ({
    StatusCode: record.State.ExitCode,
    ...(record.State.Error && { Error: { Message: record.State.Error } }),
    ...(stuck && { NotRemoved: stuck.message }),
  });
  if (condition === 'not-running' && !record.State.Running) return Promise.resolve(answer());
  if (condition === 'removed') return container.removal().then(answer);
  return container.next('stopped').then(() => answer());
}
