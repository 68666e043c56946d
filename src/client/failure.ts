/** What can go wrong between a client and an engine, in Docker's words where scripts look for them. */
import type { IncomingMessage } from 'node:http';
import { DrydockError } from '../errors.ts';
import type { Endpoint } from './endpoint.ts';

/** The engine has answered, and it is a no. */
export class Refusal extends DrydockError {
  /** `said` is the engine's own sentence; the hint is one of ours, which Docker's engine does not give. */
  constructor(
    readonly status: number,
    readonly said: string,
    hint?: string,
  ) {
    super('REFUSED', `Error response from daemon: ${said}`, { hint });
  }
}

/** Whether an engine has said that there is no such thing. */
export function isMissing(error: unknown): boolean {
  return error instanceof Refusal && error.status === 404;
}

/** What is said in an answer that is no success. */
export function refusalOf(
  body: string,
  { statusCode = 0, statusMessage }: Pick<IncomingMessage, 'statusCode' | 'statusMessage'>,
): Refusal {
  try {
    const { message, hint } = JSON.parse(body) as { message?: unknown; hint?: unknown };
    if (typeof message === 'string')
      return new Refusal(statusCode, message.trim(), typeof hint === 'string' ? hint : undefined);
  } catch {
    // Not JSON: the text itself is the sentence, below.
  }
  const sentence = body.trim() || `request returned ${statusMessage} (${statusCode}) and no message`;
  return new Refusal(statusCode, sentence);
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
