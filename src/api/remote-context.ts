/** `remote=`: a context that the engine fetches: an archive, or a Dockerfile alone. */
import { DrydockError } from '../errors.ts';
import { readUpTo } from '../read-up-to.ts';
import { get } from '../web.ts';
import { writeTar } from '../layers/index.ts';
import type { BuildRequest } from '../builder/builder.ts';

/** A Dockerfile is read into memory. */
const MAX_TEXT = 1 << 20;

/** Throws API_INVALID for what is no address of http, or answers with no success. */
export async function remoteContext(
  address: string,
  signal: AbortSignal,
): Promise<Pick<BuildRequest, 'context' | 'dockerfile'>> {
  if (!/^https?:\/\//.test(address))
    throw new DrydockError('API_INVALID', `remote=${address}: the engine fetches http and https`, {
      hint: 'the client clones a git repository and sends it',
    });
  const { headers, bytes } = await get(address, signal, (why, cause) => notTaken(address, why, cause));
  const isText = /^text\/plain\b/.test(headers.get('content-type') ?? '');
  if (!isText) return { context: bytes };
  const text = await readUpTo(bytes, MAX_TEXT);
  if (!text)
    throw new DrydockError('API_TOO_LARGE', `${address} has more than ${MAX_TEXT} bytes`, {
      hint: 'as text/plain it is taken for a Dockerfile',
    });
  const file = { type: 'file', path: Buffer.from('Dockerfile'), mode: 0o644, uid: 0, gid: 0 } as const;
  const mtime = { seconds: 0, nanoseconds: 0 };
  return { context: writeTar([{ ...file, size: text.length, mtime, data: text }]), dockerfile: 'Dockerfile' };
}

const notTaken = (address: string, why: string, cause?: unknown): DrydockError =>
  new DrydockError('API_INVALID', `error downloading remote context ${address}: ${why}`, {
    hint: 'it has to lead to an archive, or to a Dockerfile as text/plain',
    cause,
  });
