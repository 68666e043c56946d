/** A container in the foreground, from before its start until it has ended or was let go: `run`, `start --attach`. */
import type { Client } from '../../client/client.ts';
import type { Waited } from '../../client/types.ts';
import { DrydockError } from '../../errors.ts';
import { relay } from './relay.ts';
import { followSize, forwardSignals } from './signals.ts';
import { CommandFailure } from './failure.ts';

export interface Foreground {
  readonly request: {
    readonly AttachStdin: boolean;
    readonly AttachStdout: boolean;
    readonly AttachStderr: boolean;
    readonly Tty: boolean;
  };
  readonly detachKeys: string;
  readonly signals: boolean;
  /** What to wait for: that it ends, or (with --rm) that it is gone. */
  readonly condition: 'next-exit' | 'removed' | 'not-running';
}

/** The program's exit code; 0 when somebody has let go of it. */
export async function runAttached(
  client: Client,
  id: string,
  { request, detachKeys, signals, condition }: Foreground,
): Promise<number> {
  const { AttachStdin: stdin, AttachStdout: stdout, AttachStderr: stderr, Tty: tty } = request;
  const isAttached = stdin || stdout || stderr;
  const query = { stream: true, stdin, stdout, stderr, detachKeys };
  const socket = isAttached ? await client.hijack(`/containers/${id}/attach`, { query }) : undefined;
  const exit = await exitOf(client, id, condition);
  const stopForwarding = signals ? forwardSignals(client, id) : () => undefined;
  let stopFollowing = (): void => undefined;
  const streams = socket && relay(socket, { input: stdin, tty, detachKeys });
  // Its failure is told below; until then nobody may think that it is nobody's.
  streams?.catch(() => undefined);
  try {
    await client.done('POST', `/containers/${id}/start`).catch(async (error: unknown) => {
      socket?.destroy();
      await streams?.catch(() => undefined);
      // With --rm the engine removes it; until then its name is taken.
      if (condition === 'removed') await exit().catch(() => undefined);
      throw error;
    });
    if (tty) stopFollowing = await followSize(client, `/containers/${id}/resize`);
    return await outliving(id, async () => ((await streams) === 'detached' ? 0 : await exit()));
  } finally {
    stopForwarding();
    stopFollowing();
  }
}

/** What an engine still had to say of a container that has started. When it goes, the container does not: it has a shim. */
export async function outliving<T>(id: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof DrydockError) || error.code !== 'ENGINE') throw error;
    const hint = `a container of drydock’s runs on: \`drydock attach ${id.slice(0, 12)}\` leads back to it`;
    throw new DrydockError('ENGINE', error.message, { hint, cause: error });
  }
}

/** Begins to wait; the engine has heard of it when this returns, and the returned function has the exit code. */
export async function exitOf(
  client: Client,
  id: string,
  condition: Foreground['condition'],
): Promise<() => Promise<number>> {
  const giveUp = new AbortController();
  const response = await client.stream('POST', `/containers/${id}/wait`, {
    query: { condition },
    signal: giveUp.signal,
  });
  // Whoever lets go does not wait: the connection must not keep us here.
  response.socket.unref();
  return async () => {
    response.socket.ref();
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk as string;
    const { StatusCode, Error: failure } = JSON.parse(text) as Waited;
    if (failure?.Message) throw new CommandFailure(`Error waiting for container: ${failure.Message}`, 125);
    return StatusCode;
  };
}
