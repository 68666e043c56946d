/**
 * Archives that a person hands over may come as xz or bzip2, for which Node has nothing: there the machine's own programs
 * help, where they are installed.
 *
 * A decompressor reads what somebody hostile may have written, so it gets nothing but two pipes: it is nobody, has no
 * environment (XZ_OPT would be read), may write no file, and has a limit on its memory. It is taken from where Debian puts
 * it, never looked for in a PATH, and runs outside of every image (CVE-2026-41567). How much comes out of how little is
 * counted here. Layers of registries are never given to it: their media types know gzip and zstd alone. xz(1), bzip2(1).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { DrydockError } from '../errors.ts';
import { decompressed, nameOfCompression } from './compression.ts';
import { checkSize, defaultLimits } from './limits.ts';
import { peek } from '../peek.ts';

const programs: Readonly<Record<string, { at: readonly string[]; words: readonly string[] }>> = {
  xz: { at: ['/usr/bin/xz', '/bin/xz'], words: ['-dc', '-T1', '--memlimit-decompress=256MiB'] },
  bzip2: { at: ['/bin/bzip2', '/usr/bin/bzip2'], words: ['-dc'] },
};

/** Kilobytes of memory, blocks of files, blocks of core. */
const limited = 'ulimit -v 524288; ulimit -f 0; ulimit -c 0; exec "$0" "$@"';
const nobody = 65534;

/** As `decompressed`, and xz and bzip2 besides. Throws ARCHIVE_INVALID, ARCHIVE_TOO_LARGE. */
export async function* decompressedAny(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const { start, all } = await peek(source, 6);
  const name = nameOfCompression(start);
  const program = programs[name];
  const path = program?.at.find((at) => existsSync(at));
  // Without the program it is told as any compression that we do not know.
  if (!program || path === undefined) yield* decompressed(all);
  else yield* through(name, [path, ...program.words], all);
}

async function* through(
  name: string,
  command: readonly string[],
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  const who = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
  const child = spawn('/bin/sh', ['-c', limited, ...command], { stdio: 'pipe', env: {}, cwd: '/', ...who });
  const ended = once(child, 'close');
  ended.catch(() => undefined); // heard of below, if anybody still listens
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(0, 300)));
  let [taken, given] = [0, 0];
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const piece of source) {
      taken += piece.length;
      yield piece;
    }
  };
  // It may end before it has read everything; whoever breaks the source hears of that.
  const fed = pipeline(counted, child.stdin).catch((error: NodeJS.ErrnoException) =>
    ['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(error.code ?? '') ? undefined : error,
  );
  try {
    for await (const piece of child.stdout as AsyncIterable<Buffer>) {
      given += piece.length;
      checkSize(defaultLimits, given, taken);
      yield piece;
    }
    const [[code], failure] = await Promise.all([ended, fed]);
    if (failure) throw failure;
    if (code !== 0) throw broken(name, said);
  } finally {
    child.kill('SIGKILL');
    child.stdin.destroy();
    await fed;
  }
}

const broken = (name: string, said: string): DrydockError =>
  new DrydockError(
    'ARCHIVE_INVALID',
    `its compression is broken: ${said.trim().split('\n')[0] || `${name} has failed`}`,
    {
      hint: 'it was cut off, or bytes were changed on the way',
    },
  );
