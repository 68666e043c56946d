/** `remote=`: a context that the engine fetches: an archive, or a Dockerfile alone. */
import { DrydockError } from '../errors.ts';
import { readUpTo } from '../read-up-to.ts';
import { writeTar } from '../layers/index.ts';
import { peek } from '../peek.ts';
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
  const { get } = await import('../web.ts');
  const answer = await get(address, signal, (why, cause) => notTaken(address, why, cause));
  const { start, all: bytes } = await peek(answer.bytes, LOOKED_AT);
  if (start.length === 0) throw notTaken(address, 'empty response');
  if (!isDockerfile(answer.headers['content-type'], start)) return { context: bytes };
  const text = await readUpTo(bytes, MAX_TEXT);
  if (!text)
    throw new DrydockError('API_TOO_LARGE', `${address} has more than ${MAX_TEXT} bytes`, {
      hint: 'as text it is taken for a Dockerfile',
    });
  const file = { type: 'file', path: Buffer.from('Dockerfile'), mode: 0o644, uid: 0, gid: 0 } as const;
  const mtime = { seconds: 0, nanoseconds: 0 };
  return { context: writeTar([{ ...file, size: text.length, mtime, data: text }]), dockerfile: 'Dockerfile' };
}

/**
 * A server that does not know the ending of a name says application/octet-stream, or nothing: then the first bytes tell text
 * from an archive. moby, builder/remotecontext/remote.go, inspectResponse; Go, http.DetectContentType.
 */
function isDockerfile(type: string | string[] = '', start: Buffer): boolean {
  const said = String(type).split(';', 1)[0]!.trim().toLowerCase();
  if (said !== '' && said !== 'application/octet-stream') return said === 'text/plain';
  return !start.subarray(0, LOOKED_AT).some((byte) => byte < 32 && !TEXTUAL.has(byte));
}

/** A tar has zeros before its end. */
const LOOKED_AT = 512;
/** Tab, line feed, form feed, carriage return, escape: https://mimesniff.spec.whatwg.org/#binary-data-byte */
const TEXTUAL = new Set([9, 10, 12, 13, 27]);

const notTaken = (address: string, why: string, cause?: unknown): DrydockError =>
  new DrydockError('API_INVALID', `error downloading remote context ${address}: ${why}`, {
    hint: 'it has to lead to an archive, or to a Dockerfile as text',
    cause,
  });
