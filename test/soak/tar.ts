/**
 * The tar reader under fire: honest archives of every kind, changed at random, cut in random pieces. Whatever comes, it
 * must answer with entries or with one of its two errors, in bounded memory and time; and what it answers must not depend
 * on where the pieces were cut.
 *
 *     node --import tsx test/soak/tar.ts [SECONDS] [SEED]      an hour, if nothing is said
 *
 * What fails is printed with the seed of its round, which makes it again.
 */
import { DrydockError } from '../../src/errors.ts';
import { TarParser } from '../../src/layers/tar/parser.ts';
import { random } from './random.ts';
import { archive, ending, entry, header, padded, pax, record } from '../unit/layers/archives.ts';

const limits = { entries: 200, header: 65_536 };

/** What the reader says, in one string for comparison. Throws if it throws anything but its own errors. */
export function told(data: Buffer, cut: () => number): string {
  const lines: string[] = [];
  let sum = 0;
  let stored = 0;
  const parser = new TarParser(
    {
      entry: ({ path, ...rest }) => {
        if (!Number.isSafeInteger(rest.size) || rest.size < 0 || path.includes(0))
          throw new Error('an entry that must not be');
        lines.push(`${path.toString('hex')} ${JSON.stringify(rest)}`);
      },
      data: (chunk, from, to) => {
        if (from >= to || to > chunk.length) throw new Error('data that is not there');
        stored += to - from;
        for (let at = from; at < to; at++) sum = (sum * 31 + chunk[at]!) >>> 0;
      },
      end: () => lines.push(`end ${stored} ${sum}`),
    },
    limits,
  );
  try {
    for (let at = 0; at < data.length;) {
      const to = Math.min(data.length, at + cut());
      parser.push(data.subarray(at, to));
      at = to;
    }
    parser.finish();
  } catch (error) {
    if (!(error instanceof DrydockError) || !error.code.startsWith('ARCHIVE_')) throw error;
    lines.push(`${error.code} ${error.message}`);
  }
  return lines.join('\n');
}

/** Archives that reach every part of the reader. */
export async function honest(): Promise<Buffer[]> {
  const long = 'long/'.repeat(60);
  const extents = [
    { offset: 512, length: 3 },
    { offset: 9000, length: 2 },
  ];
  const posix = await archive(
    entry('directory', 'd'),
    entry('file', 'd/f', { data: Buffer.alloc(700, 'x'), mtime: { seconds: -3, nanoseconds: 5 } }),
    entry('file', long, { data: 'y', xattrs: [{ name: Buffer.from('user.a'), value: Buffer.from('\n=\0') }] }),
    entry('symlink', 'l', { target: long }),
    entry('link', 'h', { target: 'd/f' }),
    entry('character', 'c', { major: 1, minor: 3 }),
    entry('file', 'sparse', { size: 10_000, extents, data: 'abcde' }),
  );
  const gnu = (block: Buffer): void => {
    block.write('ustar  \0', 257, 'latin1');
    for (const at of [386, 410, 434, 458])
      block.write(`${(at * 8).toString(8).padStart(11, '0')}\0${'1'.padStart(11, '0')}\0`, at, 'latin1');
    block[482] = 1;
    block.write('20000'.padStart(11, '0'), 483, 'latin1');
  };
  const more = Buffer.alloc(512);
  more.write(`${'10000'.padStart(11, '0')}\0${'1'.padStart(11, '0')}\0`, 0, 'latin1');
  const old = [
    header('L', '././@LongLink', long.length),
    padded(long),
    header('S', 'x', 5, gnu),
    more,
    padded('abcde'),
  ];
  const map = (text: string): Buffer => pax(record('GNU.sparse.realsize', '99') + text);
  const sparse = [map(record('GNU.sparse.map', '1,1,5,1')), header('0', 'x', 2), padded('ab')];
  const pairs = [
    map(`${record('GNU.sparse.offset', '4')}${record('GNU.sparse.numbytes', '2')}`),
    header('0', 'y', 2),
    padded('ab'),
  ];
  return [posix, Buffer.concat([...old, ending]), Buffer.concat([...sparse, ...pairs, header('V', 'label'), ending])];
}

/** Changes some bytes, mostly in headers, and mends the checksum of some, because hardly anything comes past that. */
export function changed(data: Buffer, pick: (below: number) => number): Buffer {
  let out = Buffer.from(data);
  const blocks = out.length / 512;
  for (let i = 1 + pick(6); i > 0; i--) {
    const at = pick(blocks) * 512 + pick(512);
    const digits = '01234567 \0';
    out[at] =
      pick(3) === 0 ? pick(256) : pick(2) === 0 ? digits.charCodeAt(pick(digits.length)) : out[pick(out.length)]!;
  }
  if (pick(8) === 0) out = Buffer.concat([out.subarray(0, pick(blocks) * 512), out.subarray(pick(blocks) * 512)]);
  if (pick(8) === 0) out = out.subarray(0, pick(out.length));
  for (let at = 0; at + 512 <= out.length; at += 512) {
    if (out[at + 257] !== 0x75 || pick(10) === 0) continue; // the u of ustar
    out.fill(0x20, at + 148, at + 156);
    const sum = out.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
    out.write(sum.toString(8).padStart(6, '0'), at + 148, 'latin1');
  }
  return out;
}

/** One round. Throws, or answers how it ended. */
export function round(archives: readonly Buffer[], seed: number): string {
  const pick = random(seed);
  const data = changed(archives[pick(archives.length)]!, pick);
  const whole = told(data, () => data.length);
  const torn = told(data, () => 1 + pick(pick(2) === 0 ? 20 : 3000));
  if (whole !== torn) throw new Error(`pieces make a difference:\n${whole}\n---\n${torn}`);
  const [, code, why] = /^(ARCHIVE_\w+) entry \d+(?:, ".*")?: ([^"\d]*)/m.exec(whole) ?? [];
  return code ? `${code} ${why}` : 'read to its end';
}

async function main([seconds = '3600', first = String(Date.now() % 2 ** 31)]: string[]): Promise<void> {
  const archives = await honest();
  const until = Date.now() + Number(seconds) * 1000;
  const counts = new Map<string, number>();
  let seed = Number(first);
  for (; Date.now() < until; seed++) {
    try {
      const end = round(archives, seed);
      counts.set(end, (counts.get(end) ?? 0) + 1);
    } catch (error) {
      console.error(`seed ${seed}:`, error);
      process.exitCode = 1;
      break;
    }
  }
  for (const [end, count] of [...counts].sort((a, b) => b[1] - a[1])) console.log(String(count).padStart(9), end);
  console.log(`${seed - Number(first)} rounds from seed ${first}: ${process.exitCode ? 'one failed' : 'none failed'}`);
}

if (require.main === module) void main(process.argv.slice(2));
