/**
 * What goes wrong between us and a registry, in three kinds:
 *
 *   - it can pass: the line broke, the server is busy or restarts. Tried again (retry.ts); told when that was often enough.
 *   - it is an answer: 404, 401, a body that is no manifest. Told at once, with the registry's own words.
 *   - it is a lie: other bytes than promised. Told at once, as DIGEST_MISMATCH.
 *
 * Words of a registry are printed on a terminal: what could move its cursor is taken out of them.
 */
import { DrydockError, type ErrorCode, type Failure } from '../errors.ts';

/** An error with the answer's status, for whoever has other words for a 404. */
export class RegistryError extends DrydockError {
  readonly status?: number;

  constructor(code: ErrorCode, message: string, failure: Failure & { status?: number } = {}) {
    super(code, message, failure);
    this.name = 'RegistryError';
    this.status = failure.status;
  }
}

/** Something that may be otherwise in a moment. Never leaves this folder. */
export class Passing extends Error {
  constructor(
    message: string,
    /** The registry says when: milliseconds from now on. */
    readonly retryAfter?: number,
    readonly status?: number,
    /** What a person could do if it does not pass. */
    readonly hint?: string,
  ) {
    super(message);
    this.name = 'Passing';
  }
}

/** Of the line, not of what is said on it. */
const passingCodes = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ERR_STREAM_PREMATURE_CLOSE',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);
const passingStatus = new Set([408, 425, 429, 500, 502, 503, 504]);

export function canPass(status: number): boolean {
  return passingStatus.has(status);
}

/** What a failed request means: a Passing, or an error that is told. What somebody has aborted stays what it is. */
export function lineFailure(error: unknown, what: string): Error {
  const known = error as NodeJS.ErrnoException;
  if (error instanceof Passing || error instanceof DrydockError || known.name === 'AbortError') return known;
  const reason = reasonOf(known);
  if (passingCodes.has(known.code ?? '') || known.code?.startsWith('HPE_'))
    return new Passing(`${what}: ${reason}`, undefined, undefined, hintFor(known));
  return new RegistryError('REGISTRY', `${what}: ${reason}`, { cause: error, hint: hintFor(known) });
}

/** Several addresses that all refused are one AggregateError without words. */
function reasonOf(error: NodeJS.ErrnoException & { errors?: Error[] }): string {
  const [first] = error.errors ?? [];
  const text = error.message || first?.message || error.code || 'no answer';
  return error.code === 'UND_ERR_SOCKET' ? 'the line broke' : printable(text);
}

function hintFor({ code = '' }: NodeJS.ErrnoException): string | undefined {
  if (code === 'ENOTFOUND')
    return 'there is no server of this name: is it spelled right, and does this machine reach the network?';
  if (code === 'EAI_AGAIN')
    return (
      'no name server answers. Behind a proxy, start the engine with HTTPS_PROXY. Without a network there are the image ' +
      '`lab`, which needs none, and `drydock load` for a file of `docker save`'
    );
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code))
    return 'put the certificate of who vouches for it into /etc/docker/certs.d/HOST/ca.crt, HOST with its port';
  if (isNoTls(code))
    return 'it speaks plain HTTP, which is allowed to this machine alone unless the registry is named as insecure';
  return undefined;
}

/** Whoever answered does not speak TLS. */
export function isNoTls(code: string): boolean {
  return /^(EPROTO|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG|ERR_SSL_HTTP_REQUEST)$/.test(code);
}

/** One line of somebody else's words, harmless and not too long. */
export function printable(text: string): string {
  const harmless = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return harmless.length > 300 ? `${harmless.slice(0, 300)}…` : harmless;
}
