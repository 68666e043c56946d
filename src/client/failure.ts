/** What can go wrong between a client and an engine, in Docker's words where scripts look for them. */
import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
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

/** Whether the other end has let go of a connection in the middle: node:http's own words for it are "aborted". */
const isCut = (error: NodeJS.ErrnoException | null): boolean =>
  ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(error?.code ?? '');

/** The engine was there, and has ended before its answer did. */
function gone({ address }: Endpoint, cause: unknown): DrydockError {
  return new DrydockError(
    'ENGINE',
    `error during connect: the engine at ${address} has gone away before it had answered to the end`,
    {
      hint: 'it was ended, or the connection to it was; `drydock info` tells whether one is there again',
      cause,
    },
  );
}

/**
 * What is read from this stream says by `gone` that it was cut, instead of in Node's words. So whoever reads it, in any way,
 * hears of it: `_destroy` sees each error before it is told (nodejs.org/api/stream.html).
 */
export function tellsOfItsEnd<T extends Duplex | Readable>(stream: T, endpoint: Endpoint): T {
  const destroy = stream._destroy.bind(stream);
  stream._destroy = (error, done) => destroy(isCut(error) ? gone(endpoint, error) : error, done);
  return stream;
}

/** Nobody is there, or nobody who speaks HTTP. */
export function unreachable(endpoint: Endpoint, cause: NodeJS.ErrnoException): DrydockError {
  const { address } = endpoint;
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
        hint: howToStart(endpoint),
        cause,
      },
    );
  if (isCut(cause)) return gone(endpoint, cause);
  return new DrydockError('ENGINE', `error during connect: ${address}: ${message}`, { cause });
}

/** A socket of this machine can be given an engine by whoever is asked for one; another machine has its own people. */
function howToStart({ target }: Endpoint): string {
  if (!('socketPath' in target)) return '`drydock daemon` starts one over there';
  return '`sudo drydock daemon` starts one; without -H and DOCKER_HOST one is started by itself';
}
