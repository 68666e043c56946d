/**
 * A layer with `../` in it, and hostile links: what they get from an unpacker that takes an archive at its word, as
 * Docker's did until 1.3.2 (CVE-2014-6407), and from ours.
 */
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { DrydockError } from '../../src/errors.ts';
import { breaking, type Attack } from '../../src/learn/attack.ts';
import { readTar, unpack, type WrittenEntry } from '../../src/layers/index.ts';
import { archiveOf, collected, entry, textFile } from './by-hand.ts';

/** A store that is worth an attack: a folder for a layer, and something beside it that is not the layer's. */
interface Harbour {
  readonly layer: string;
  readonly secret: string;
}

const UNPACKED = 'the layer is unpacked';

/** What unpackers once did: join the folder and the name, and do what the entry says. */
async function careless({ layer }: Harbour, archive: Buffer): Promise<string> {
  for await (const { type, path, target, data } of readTar(Readable.from([archive]))) {
    const place = join(layer, path.toString());
    mkdirSync(dirname(place), { recursive: true });
    if (type === 'symlink') symlinkSync(String(target), place);
    else if (type === 'link') linkSync(join(layer, String(target)), place);
    else writeFileSync(place, await collected(data()));
  }
  return UNPACKED;
}

/** Ours. What it refuses is refused for the archive's sake: any other failure would be no defence. */
async function careful({ layer }: Harbour, archive: Buffer): Promise<string> {
  try {
    await unpack(Readable.from([archive]), { folder: layer, whiteouts: 'overlay' });
    return UNPACKED;
  } catch (error) {
    if (error instanceof DrydockError && error.code === 'ARCHIVE_INVALID') return 'refused, ARCHIVE_INVALID';
    throw error;
  }
}

/** An attack with an archive; it succeeds when the secret is another one afterwards. */
function attack(name: string, entries: (harbour: Harbour) => readonly WrittenEntry[]): Attack {
  return {
    name,
    undefended: 'folder and name are joined',
    defended: 'each name is looked up inside',
    async attempt(_target, isDefended) {
      const folder = mkdtempSync(join(process.env.DRYDOCK_RUN ?? tmpdir(), 'images-'));
      try {
        const harbour = { layer: join(folder, 'snapshots/layer'), secret: join(folder, 'secret') };
        mkdirSync(harbour.layer, { recursive: true });
        writeFileSync(harbour.secret, 'of the host');
        const answer = await (isDefended ? careful : careless)(harbour, await archiveOf(entries(harbour)));
        const secret = readFileSync(harbour.secret, 'utf8');
        return { succeeded: secret !== 'of the host', seen: `${answer}; the file beside it is "${secret}"` };
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  };
}

const OURS = 'the layer’s';

export const attacks: readonly Attack[] = [
  attack('a name with dots', () => [textFile('../../secret', OURS)]),
  attack('a link that leads out, and a file behind it', ({ layer }) => [
    entry('symlink', 'etc', { target: Buffer.from(dirname(dirname(layer))) }),
    textFile('etc/secret', OURS),
  ]),
  attack('a second name for a file outside', () => [
    entry('link', 'motd', { target: Buffer.from('../../secret') }),
    textFile('motd', OURS),
  ]),
];

export const breakIt = breaking(attacks, {
  lesson: 'images',
  seconds: 2,
  question: 'What can a layer write that is not below its folder?',
  turn: ['./drydock begin images', 'names and commands, about 40 min'],
});
