/**
 * `ADD source… destination`: as COPY, and besides: archives of the context are unpacked, and sources may be addresses.
 *
 * What comes from an address has mode 0600 and the time that the server says, and is not unpacked. `--checksum` says what
 * its bytes have to be.
 */
import { posix } from 'node:path';
import { DrydockError, type Failure } from '../../errors.ts';
import { readUpTo } from '../../read-up-to.ts';
import { digestOf as digestOfBytes } from '../../content/digest.ts';
import { decompressedAny, readTar } from '../../layers/index.ts';
import type { Time } from '../../layers/types.ts';
import type { Build } from '../builder.ts';
import type { AddInstruction } from '../dockerfile/index.ts';
import type { Perform } from '../change.ts';
import { streamOf, type Item } from '../copying.ts';
import { timeOf } from '../epoch.ts';
import { OneFile } from '../source.ts';
import { copying, itemOf } from './copy.ts';

/** What may come from an address is held in memory. */
const MAX_DOWNLOAD = 512 << 20;

export const add: Perform<AddInstruction> = async (turn, instruction) => {
  const { build } = turn;
  const { sources, destination, checksum, unpack } = instruction;
  const items: Item[] = [];
  const downloaded = new Set<Item>();
  for (const source of sources) {
    if ('path' in source && isRepository(source.path)) throw repository(source.path);
    if (!('path' in source && isAddress(source.path))) {
      items.push(...itemOf(turn, build.context, source));
      continue;
    }
    const item = (await download(build, source.path, destination, checksum)).item;
    downloaded.add(item);
    items.push(item);
  }
  return copying(turn, instruction, {
    name: 'ADD',
    also: unpack,
    withItems: (body) => body(items),
    isArchive: async (item) => (unpack ?? !downloaded.has(item)) && (await isArchive(item)),
  });
};

const isRepository = (text: string): boolean =>
  /^(git|ssh):\/\/|^git@/i.test(text) || /^https?:\/\/[^?]*\.git(#|$)/i.test(text);

const repository = (address: string): DrydockError =>
  new DrydockError('INSTRUCTION_FAILED', `${address} is a git repository, which ADD does not clone here`, {
    hint: 'clone it beside the Dockerfile and COPY it, or RUN git clone; `drydock build ADDRESS` has it as the context',
  });

const isAddress = (text: string): boolean => /^https?:\/\//i.test(text);

/** Throws INSTRUCTION_FAILED for an answer that is no success, for too much, and for other bytes than were promised. */
async function download(
  { signal, ...build }: Build,
  address: string,
  destination: string,
  checksum: string | undefined,
): Promise<OneFile> {
  const name = nameIn(address);
  if (name === '' && destination.endsWith('/'))
    throw failed(address, 'it has no name that a file could get', {
      hint: 'a destination without / at its end is one',
    });
  const { get } = await import('../../web.ts');
  const answer = await get(address, signal, (why, cause) => failed(address, why, { cause }));
  const bytes = await readUpTo(answer.bytes, MAX_DOWNLOAD);
  if (!bytes) throw failed(address, `it has more than ${MAX_DOWNLOAD} bytes`);
  if (checksum !== undefined && digestOfBytes(bytes) !== checksum)
    throw failed(address, `its digest is ${digestOfBytes(bytes)}, and --checksum says ${checksum}`, {
      hint: 'another file is there now, or the digest is that of another one',
    });
  const changed = Date.parse(String(answer.headers['last-modified']));
  const mtime: Time = Number.isNaN(changed) ? timeOf(build) : { seconds: Math.floor(changed / 1000), nanoseconds: 0 };
  return new OneFile(name || 'download', bytes, { mode: 0o600, mtime });
}

/** What the file will be called; empty if nothing can be. Throws INSTRUCTION_FAILED for what is no address. */
function nameIn(address: string): string {
  try {
    const name = posix.basename(decodeURIComponent(new URL(address).pathname));
    return name === '..' || name.includes('\0') ? '' : name;
  } catch (cause) {
    throw failed(address, 'it is no address', { hint: 'as in http://example.org/file', cause });
  }
}

/** Most reasons say all that there is to say. */
const failed = (address: string, why: string, { hint, cause }: Pick<Failure, 'hint' | 'cause'> = {}): DrydockError =>
  new DrydockError('INSTRUCTION_FAILED', `${address}: ${why}`, { hint, cause });

/** Whether its bytes are those of an archive, whatever it is called. */
async function isArchive({ files, path, name }: Item): Promise<boolean> {
  try {
    for await (const _entry of readTar(decompressedAny(streamOf(files.data(path))))) return true;
    return false;
  } catch (error) {
    if (!(error instanceof DrydockError) || !error.code.startsWith('ARCHIVE_')) throw error;
    if (!/\.(tar\.(xz|bz2|lz4)|t(xz|bz2?))$/i.test(name)) return false;
    // To copy it as it is would be another image than Docker's, without a word.
    throw new DrydockError('INSTRUCTION_FAILED', `${name}: ${error.message}`, {
      hint: 'unpack it outside, or compress it with gzip or zstd; COPY, or ADD --unpack=false, takes it as it is',
      cause: error,
    });
  }
}
