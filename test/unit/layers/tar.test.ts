import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { formatTime, parseTime } from '../../../src/layers/tar/pax.ts';
import type { Entry, WrittenEntry } from '../../../src/layers/index.ts';
import { archive, ending, entry, header, padded, pax, readBack, record, type ReadBack } from './archives.ts';

const everything: WrittenEntry[] = [
  entry('directory', './', { mode: 0o1777 }),
  entry('file', 'file', { data: 'hello', uid: 1000, gid: 2 ** 32 - 2, mode: 0o6755 }),
  entry('file', 'empty', { mtime: { seconds: -2, nanoseconds: 500_000_000 } }),
  entry('file', Buffer.from('latin-\xe9\xff', 'latin1'), {
    data: Buffer.alloc(513, 7),
    mtime: { seconds: 1, nanoseconds: 1 },
  }),
  entry('file', `${'d/'.repeat(90)}${'n'.repeat(90)}`, { data: 'prefix' }),
  entry('file', Buffer.from(`${'x'.repeat(180)}\xff`, 'latin1'), { data: 'pax path' }),
  entry('symlink', 'link', { target: Buffer.from(`/${'t'.repeat(200)}\xff`, 'latin1') }),
  entry('link', 'hard', { target: 'file' }),
  entry('character', 'null', { major: 1, minor: 3, mode: 0o666 }),
  entry('block', 'disk', { major: 4095, minor: 1_048_575 }),
  entry('fifo', 'pipe', { atime: { seconds: 2 ** 34, nanoseconds: 999_999_999 } }),
  entry('file', 'attributes', {
    xattrs: [
      {
        name: Buffer.from('security.capability'),
        value: Buffer.from('0100000200200000000000000000000000000000', 'hex'),
      },
      { name: Buffer.from('user.nothing'), value: Buffer.alloc(0) },
      { name: Buffer.from('user.\xe9', 'latin1'), value: Buffer.from('a\nb=c\0') },
    ],
  }),
  entry('file', 'holes', {
    size: 100_000,
    extents: [
      { offset: 4096, length: 10 },
      { offset: 99_999, length: 1 },
    ],
    data: 'abcdefghij!',
  }),
  entry('file', 'only a hole', { size: 2 ** 40, extents: [] }),
];

/** An entry without what the writer was given as data. */
const plain = ({ data, ...rest }: WrittenEntry): ReadBack => ({
  ...rest,
  content: (data as Buffer | undefined) ?? Buffer.alloc(0),
});

describe('an archive that is written and read', () => {
  it('comes back exactly, whatever sizes its pieces have', async () => {
    const data = await archive(...everything);
    for (const piece of [data.length, 1, 7, 511, 512, 513, 1000])
      assert.deepEqual(await readBack(data, { piece }), everything.map(plain));
  });

  it('is the same bytes each time', async () => {
    const turned = everything.map((one) => ({ ...one, xattrs: one.xattrs && [...one.xattrs].reverse() }));
    assert((await archive(...everything)).equals(await archive(...turned)));
  });

  it('has headers that are POSIX alone where those have room', async () => {
    const data = await archive(entry('file', `${'d/'.repeat(60)}name`, { data: 'x' }));
    assert.equal(data.length, 512 + 512 + 1024);
  });

  it('refuses data that is shorter or longer than its header says', async () => {
    for (const data of ['1234', '123456'])
      await assert.rejects(archive({ ...entry('file', 'grows', { data }), size: 5 }), { code: 'ARCHIVE_INVALID' });
  });

  it('has times that survive, also before 1970', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
        fc.integer({ min: 0, max: 999_999_999 }),
        (seconds, nanoseconds) => {
          assert.deepEqual(parseTime(Buffer.from(formatTime({ seconds, nanoseconds })), 'time'), {
            seconds,
            nanoseconds,
          });
        },
      ),
    );
    assert.deepEqual(parseTime(Buffer.from('-1.5'), 'time'), { seconds: -2, nanoseconds: 500_000_000 });
    assert.deepEqual(parseTime(Buffer.from('1.0000000019'), 'time'), { seconds: 1, nanoseconds: 1 });
  });
});

const one = async (...parts: Buffer[]): Promise<ReadBack> => {
  const [first] = await readBack(Buffer.concat([...parts, ending]));
  return first!;
};

describe('the tar reader', () => {
  it('reads numbers as octal with any blanks, and as GNU writes large and negative ones', async () => {
    const numbers = await one(
      header('0', 'f', 0, (block) => {
        block.write(' 12 \0\0\0\0', 100, 'latin1');
        Buffer.from('80000000ffffff00', 'hex').copy(block, 108);
        block.fill(0, 116, 124);
        Buffer.from('fffffffffffffffffffffffe', 'hex').copy(block, 136);
      }),
    );
    assert.deepEqual([numbers.mode, numbers.uid, numbers.gid, numbers.mtime.seconds], [0o12, 0xffffff00, 0, -2]);
  });

  it('refuses numbers that are none, or that would not be exact', async () => {
    const wrong: [number, number, string][] = [
      [124, 12, '3030303038'], // an 8
      [124, 12, '2d31'], // -1
      [124, 12, '800020000000000000000000'],
      [124, 12, 'ffffffffffffffffffffffff'],
      [108, 8, '8000000100000000'], // 2^32 as a user
      [108, 8, '80000000ffffffff'], // "unchanged" to chown(2)
      [100, 8, '312031'],
    ];
    for (const [at, length, hex] of wrong)
      await assert.rejects(
        one(header('0', 'f', 0, (block) => void Buffer.from(hex, 'hex').copy(block.fill(0, at, at + length), at))),
        { code: 'ARCHIVE_INVALID', message: /^entry 1: its (mode|uid|size) / },
        hex,
      );
  });

  it('knows GNU’s long names, and lets pax win over them', async () => {
    const long = `${'long/'.repeat(50)}name`;
    const gnu = [header('L', '././@LongLink', long.length + 1), padded(`${long}\0`)];
    const link = [header('K', '././@LongLink', 300), padded('t'.repeat(300))];
    const named = await one(...gnu, ...link, header('2', 'short'));
    assert.deepEqual([named.path.toString(), named.target?.length], [long, 300]);
    assert.equal(
      (await one(...gnu, pax(record('path', 'from pax')), header('0', 'short'))).path.toString(),
      'from pax',
    );
  });

  it('reads the four kinds of sparse files', async () => {
    const sparse = (block: Buffer): void => {
      block.write('ustar  \0', 257, 'latin1');
      for (const [at, offset, length] of [
        [386, 10, 2],
        [410, 1000, 1],
      ] as const) {
        block.write(offset.toString(8).padStart(11, '0'), at, 'latin1');
        block.write(length.toString(8).padStart(11, '0'), at + 12, 'latin1');
      }
      block.write('2000'.padStart(11, '0'), 483, 'latin1');
    };
    const names = [
      record('GNU.sparse.name', 'f'),
      record('GNU.sparse.realsize', '1024'),
      record('GNU.sparse.size', '1024'),
    ];
    const pairs = [
      ['offset', '10'],
      ['numbytes', '2'],
      ['offset', '1000'],
      ['numbytes', '1'],
    ] as const;
    const version = record('GNU.sparse.major', '1') + record('GNU.sparse.minor', '0');
    const kinds = {
      old: [header('S', 'f', 3, sparse), padded('abc')],
      '0.0': [
        pax(names.join('') + pairs.map(([key, value]) => record(`GNU.sparse.${key}`, value)).join('')),
        header('0', 'x', 3),
        padded('abc'),
      ],
      '0.1': [pax(names.join('') + record('GNU.sparse.map', '10,2,1000,1')), header('0', 'x', 3), padded('abc')],
      '1.0': [pax(names.join('') + version), header('0', 'x', 512 + 3), padded('2\n10\n2\n1000\n1\n'), padded('abc')],
    };
    for (const [kind, parts] of Object.entries(kinds)) {
      const { path, size, extents, content } = await one(...parts);
      assert.deepEqual(
        { path: path.toString(), size, extents, content: content.toString() },
        {
          path: 'f',
          size: 1024,
          extents: [
            { offset: 10, length: 2 },
            { offset: 1000, length: 1 },
          ],
          content: 'abc',
        },
        kind,
      );
    }
  });

  it('refuses sparse maps that lie', async () => {
    const map = (text: string, size = 100): Buffer[] => [
      pax(record('GNU.sparse.realsize', String(size)) + record('GNU.sparse.map', text)),
      header('0', 'f', 3),
      padded('abc'),
    ];
    assert.equal((await one(...map('0,3'))).size, 100);
    for (const text of ['0,2', '0,4', '98,3', '10,1,9,2', '0,3,0,0', '0', 'a,b', '-1,3', '0,3,', `${2 ** 53},3`])
      await assert.rejects(one(...map(text)), { code: 'ARCHIVE_INVALID' }, text);
    const endless = [
      pax(record('GNU.sparse.major', '1') + record('GNU.sparse.minor', '0') + record('GNU.sparse.realsize', '9')),
    ];
    await assert.rejects(one(...endless, header('0', 'f', 512), padded('9999\n1\n')), { code: 'ARCHIVE_INVALID' });
  });

  it('skips the headers of whole archives: global pax records, which Docker does not apply, and labels', async () => {
    const global = [header('g', 'pax_global_header', 17), padded(record('path', 'evil-name'))];
    assert.equal((await one(...global, header('V', 'label'), header('0', 'f'))).path.toString(), 'f');
  });

  it('takes the old ways: no magic, a slash for directories, signed checksums, links and devices with a size', async () => {
    const old = (block: Buffer): void => void block.fill(0, 257, 265);
    assert.equal((await one(header('\0', 'dir/', 0, old))).type, 'directory');
    const linked = await readBack(
      Buffer.concat([header('1', 'hard', 5, (block) => void block.write('f', 157)), header('0', 'f'), ending]),
    );
    assert.deepEqual(
      linked.map(({ type }) => type),
      ['link', 'file'],
    );
    const signed = header('0', '\xff\xfe');
    const sum = parseInt(signed.toString('latin1', 148, 154), 8) - 512;
    signed.write(sum.toString(8).padStart(6, '0'), 148, 'latin1');
    assert.equal((await one(signed)).path.length, 2);
  });

  it('ends at two blocks of zeros, or at the end of the bytes between two entries', async () => {
    const file = Buffer.concat([header('0', 'f', 1), padded('x')]);
    assert.equal((await readBack(file)).length, 1);
    assert.equal((await readBack(Buffer.concat([file, Buffer.alloc(512)]))).length, 1);
    assert.equal((await readBack(Buffer.concat([file, ending, Buffer.from('what is this?')]))).length, 1);
    assert.deepEqual(await readBack(Buffer.alloc(0)), []);
    await assert.rejects(readBack(Buffer.concat([Buffer.alloc(512), file])), { code: 'ARCHIVE_INVALID' });
  });

  it('needs no padding after the last file, which some clients leave out', async () => {
    for (const length of [600, 700, 1023])
      assert.equal((await readBack(Buffer.concat([header('0', 'f', 600), Buffer.alloc(length)]))).length, 1);
  });

  it('refuses an archive that is cut at any byte inside an entry', async () => {
    const paddingOf600 = 424;
    const whole = Buffer.concat([pax(record('path', 'name')), header('0', 'f', 600), padded(Buffer.alloc(600))]);
    for (let length = 1; length < whole.length - paddingOf600; length += 37)
      await assert.rejects(
        readBack(whole.subarray(0, length)),
        { code: 'ARCHIVE_INVALID', message: /ends in the middle/ },
        String(length),
      );
  });

  it('refuses wrong checksums, unknown types, names with NULs, links that lead nowhere, broken pax records', async () => {
    const broken = header('0', 'f');
    broken[0] = 0x67;
    await assert.rejects(one(broken), { message: /checksum/ });
    await assert.rejects(one(header('M', 'f')), { message: /unknown type "M"/ });
    await assert.rejects(one(header('2', 'f')), { message: /leads nowhere/ });
    await assert.rejects(one(pax(record('path', 'a\0b')), header('0', 'f')), { message: /NUL/ });
    await assert.rejects(one(pax(record('path', 'a'.repeat(4096))), header('0', 'f')), { message: /4096 bytes/ });
    for (const text of ['5 a=b\n', '7 a=b\n', '06 a=b\n', '6 a=b', '6 ab=\n\n', '-6 a=b\n', '99999999999 a=b\n', 'x'])
      await assert.rejects(one(pax(text), header('0', 'f')), { message: /pax record/ }, JSON.stringify(text));
  });

  it('says of what never was an archive that it is none, and of one that it was changed', async () => {
    const changed = header('0', 'g');
    changed[0] = 0x68;
    const hints = { 'a text': /no tar archive/, ['a text, longer. '.repeat(64)]: /no tar archive/ };
    for (const [text, hint] of Object.entries(hints)) await assert.rejects(one(Buffer.from(text)), { hint });
    await assert.rejects(one(header('0', 'f'), changed), {
      message: /"?f?"?.*checksum is wrong/,
      hint: /not any more/,
    });
  });

  it('stops at its limits', async () => {
    const tooLarge = { code: 'ARCHIVE_TOO_LARGE' };
    const three = Buffer.concat([header('0', 'a'), header('0', 'b'), header('0', 'c'), ending]);
    await assert.rejects(readBack(three, { entries: 2 }), tooLarge);
    await assert.rejects(readBack(three, { bytes: 2048 }), tooLarge);
    const million = Buffer.concat([header('x', 'pax', 2 ** 20), Buffer.alloc(2 ** 20)]);
    await assert.rejects(readBack(million), tooLarge);
    const many = Buffer.concat(Array.from({ length: 100 }, () => pax(record('comment', 'x'.repeat(900)))));
    await assert.rejects(readBack(many, { header: 65_536 }), tooLarge);
    // A header that promises much is refused before anything is set aside for it.
    await assert.rejects(readBack(header('L', 'long', 2 ** 32)), tooLarge);
  });

  it('skips data that nobody reads', async () => {
    const { readTar } = await import('../../../src/layers/index.ts');
    const data = await archive(entry('file', 'a', { data: Buffer.alloc(5000) }), entry('file', 'b', { data: 'b' }));
    const names: string[] = [];
    for await (const { path } of readTar([
      data.subarray(0, 600),
      data.subarray(600),
    ] as unknown as AsyncIterable<Buffer>))
      names.push(path.toString());
    assert.deepEqual(names, ['a', 'b']);
    const entries: Entry[] = [];
    for await (const found of readTar([data] as unknown as AsyncIterable<Buffer>)) {
      for await (const piece of found.data()) if (piece) break;
      entries.push(found);
    }
    assert.equal(entries.length, 2);
  });
});
