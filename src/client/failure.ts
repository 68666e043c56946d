/** What can go wrong between a client and an engine, in Docker's words where scripts look for them. */
import type { IncomingMessage } from 'node:http';
import { DrydockError } from '../errors.ts';
import type { Endpoint } from './endpoint.ts';

/** The engine has answered, and it is a no. */
export class Refusal extends DrydockError {
  /** `said` is the engine's own sentence. */
  constructor(
    readonly status: number,
    readonly said: string,
  ) {
    super('REFUSED', `Error response from daemon: ${said}`);
  }
}

/** Whether an engine has said that there is no such thing. */
export function isMissing(error: unknown): boolean {
  return error instanceof Refusal && error.status === 404;
}

/** The sentence in an answer that is no success. */
export function messageOf(body: string, { statusCode, statusMessage }: IncomingMessage): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    if (typeof message === 'string') return message.trim();
  } catch {
    // Not JSON: the text itself is the sentence, below.
  }
  return body.trim() || `request returned ${statusMessage} (${statusCode}) and no message`;
}

/** Whether nobody listens at an address. */
export function isNobody(error: unknown): boolean {
  return ['ENOENT', 'ECONNREFUSED'].includes((error as NodeJS.ErrnoException | undefined)?.code ?? '');
}

/** Nobody is there, or nobody who speaks HTTP. */
export function unreachable({ address }: Endpoint, cause: NodeJS.ErrnoException): DrydockError {
  const { code, message } = cause;
  if (cause instanceof DrydockError) return cause;
  if (code === 'EACCES')
    return new DrydockError(
      'ENGINE',
      `permission denied while trying to connect to the Docker daemon socket at ${address}`,
      { hint: 'be root, or a member of the group that the socket belongs to', cause },
    );
  if (isNobody(cause))
    return new DrydockError(
      'ENGINE',
      `Cannot connect to the Docker daemon at ${address}. Is the docker daemon running?`,
      {
        hint: '`drydock daemon` starts one',
        cause,
      },
    );
  return new DrydockError('ENGINE', `error during connect: ${address}: ${message}`, { cause });
}
