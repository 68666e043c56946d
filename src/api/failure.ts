/**
 * What an error is over HTTP: a status by its code, and `{"message": …}` as Docker has it. `code` and `hint` are ours:
 * other clients ignore them, and `drydock` shows the hint.
 */
import { DrydockError, type ErrorCode } from '../errors.ts';
import { EDQUOT, ENOSPC } from '../linux/errno.ts';

const statuses: Partial<Record<ErrorCode, number>> = {
  API_INVALID: 400,
  NETWORK_INVALID: 400,
  PORT_INVALID: 400,
  BAD_USAGE: 400,
  REFERENCE_INVALID: 400,
  DIGEST_INVALID: 400,
  ID_INVALID: 400,
  SPEC_INVALID: 400,
  ARCHIVE_INVALID: 400,
  UNSAFE_PATH: 400,
  PROGRAM_NOT_FOUND: 400,
  PROGRAM_NOT_EXECUTABLE: 400,
  START_FAILED: 400,
  NOT_MODIFIED: 304,
  API_FORBIDDEN: 403,
  NETWORK_IN_USE: 403,
  READ_ONLY: 403,
  API_NO_SUCH_PAGE: 404,
  IMAGE_MISSING: 404,
  NO_SUCH_CONTAINER: 404,
  NO_SUCH_DRIVER: 404,
  NO_SUCH_EXEC: 404,
  NO_SUCH_FILE: 404,
  NO_SUCH_NETWORK: 404,
  NO_SUCH_VOLUME: 404,
  PLATFORM_MISSING: 404,
  ADDRESS_IN_USE: 409,
  CONFLICT: 409,
  ID_IN_USE: 409,
  IMAGE_IN_USE: 409,
  NAME_IN_USE: 409,
  NETWORK_EXISTS: 409,
  VOLUME_IN_USE: 409,
  WRONG_STATE: 409,
  API_TOO_LARGE: 413,
  ARCHIVE_TOO_LARGE: 413,
  UNAUTHORIZED: 500,
  UNSUPPORTED: 501,
};

export interface ErrorBody {
  readonly message: string;
  readonly code: ErrorCode;
  readonly hint?: string;
}

export function statusOf(error: unknown): number {
  const { status } = (error ?? {}) as { status?: unknown };
  // A registry that has not got something is our own 404: whoever pulls has named what is not there.
  if (status === 404) return 404;
  return error instanceof DrydockError ? (statuses[error.code] ?? 500) : 500;
}

export function bodyOf(error: unknown): ErrorBody {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof DrydockError ? error.code : 'INTERNAL';
  const hint = hintOf(error);
  return { message, code, ...(hint !== undefined && { hint }) };
}

/** Whoever has met a full disk is told how to make room. */
function hintOf(error: unknown): string | undefined {
  const hint = error instanceof DrydockError ? error.hint : undefined;
  const { errno = 0 } = (error ?? {}) as { errno?: number };
  if (![ENOSPC, EDQUOT].includes(Math.abs(errno))) return hint;
  const room =
    'Where it is a disk that is full: `drydock system df` tells what the engine has on it, and `drydock system prune` ' +
    'gives back what nobody uses.';
  return hint === undefined ? room : `${hint} ${room}`;
}
