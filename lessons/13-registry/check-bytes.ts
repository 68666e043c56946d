/** The checks of `verified`: it is fed by hand, because a line brings its pieces as it likes. */
import { digestOf } from '../../src/content/digest.ts';
import type { Descriptor } from '../../src/content/descriptor.ts';
import { check, type Bench, type Check } from '../../src/learn/check/check.ts';
import { functionOf } from '../../src/learn/check/solved.ts';
import type { verified } from '../../src/registry/verify.ts';

export const VERIFIED = 'registry/verify.ts#verified';
export const HANDED_ON = 'every piece is handed on when it comes, and not later';
const text = Buffer.from('the bytes of a layer, in pieces');
const blob: Descriptor = { mediaType: 'application/octet-stream', digest: digestOf(text), size: text.length };
/** Whoever reads on for so long would read for ever. */
const ENDLESS = 50;

interface Taken {
  readonly bytes: Buffer;
  /** How many pieces had been asked for when the first came out. */
  readonly before: number;
  readonly asked: number;
  readonly error?: Error & { code?: string };
}

/** Lets pieces through the learner's function. */
async function through(t: Bench, pieces: readonly Buffer[]): Promise<Taken> {
  const run = functionOf<typeof verified>(t, VERIFIED);
  let asked = 0;
  async function* come(): AsyncGenerator<Buffer> {
    for (const piece of pieces) {
      asked++;
      yield piece;
    }
  }
  const taken: Buffer[] = [];
  let before = 0;
  try {
    for await (const piece of run(come(), blob)) {
      before ||= asked;
      taken.push(piece);
    }
    return { bytes: Buffer.concat(taken), before, asked };
  } catch (error) {
    return { bytes: Buffer.concat(taken), before, asked, error: error as Error };
  }
}

const inPieces = (bytes: Buffer): Buffer[] => [bytes.subarray(0, 7), bytes.subarray(7, 20), bytes.subarray(20)];

function outcome({ error, bytes }: Taken): string {
  if (!error) return `it came to an end without an error, after ${bytes.length} bytes`;
  return `${error.code ?? error.name}: ${error.message}`;
}

const handedOn = check(
  HANDED_ON,
  {
    slot: VERIFIED,
    see: './drydock demo registry',
    hint: ({ before, bytes }) => [
      'A layer may be larger than your memory. How much of it does your function hold at once?',
      bytes === text.length
        ? `The first piece came out after ${String(before)} had gone in: all of them were collected first.`
        : `${text.length} bytes went in, and ${String(bytes)} came out.`,
      'In the loop over `pieces`: count it, hand it to the hasher, `yield piece`. What is wrong is thrown after it; whoever takes the pieces waits for the end.',
    ],
  },
  async (t) => {
    const taken = await through(t, inPieces(text));
    t.fact('before', taken.before);
    t.fact('bytes', taken.bytes.length);
    t.must(!taken.error && taken.bytes.equals(text) && taken.before === 1, {
      did: `3 pieces went in; the first came out after ${taken.before}`,
      kernel: outcome(taken),
      wanted: 'the same bytes, the first piece out before the second goes in',
    });
  },
);

const oneBit = check(
  'one bit that differs is refused',
  {
    slot: VERIFIED,
    needs: [HANDED_ON],
    see: 'printf a | sha256sum; printf b | sha256sum',
    hint: ({ outcome }) => [
      'The number of bytes was right. What else was promised?',
      `One bit was another one, and ${String(outcome)}.`,
      'After the loop: compare hasher.digest() with blob.digest, and throw mismatch(blob, …) if they differ.',
    ],
  },
  async (t) => {
    const other = Buffer.from(text);
    other[11]! ^= 1;
    const taken = await through(t, inPieces(other));
    t.fact('outcome', outcome(taken));
    t.must(taken.error?.code === 'DIGEST_MISMATCH', {
      did: `${other.length} bytes, of which bit 88 was another one`,
      kernel: outcome(taken),
      wanted: `DIGEST_MISMATCH: the bytes hash to ${digestOf(other).slice(0, 19)}…`,
    });
  },
);

const short = check(
  'bytes that are missing at the end are missed',
  {
    slot: VERIFIED,
    needs: ['one bit that differs is refused'],
    see: 'printf abc | sha256sum; printf ab | sha256sum',
    hint: ({ outcome }) => [
      'A line that breaks ends a stream without a word. Who says that all has come?',
      `Ten bytes were missing, and ${String(outcome)}.`,
      'The digest is compared after the loop, whatever has come: also when it was too little, and also when nothing came at all.',
    ],
  },
  async (t) => {
    for (const pieces of [[text.subarray(0, 7), text.subarray(7, text.length - 10)], []]) {
      const taken = await through(t, pieces);
      t.fact('outcome', outcome(taken));
      t.must(taken.error?.code === 'DIGEST_MISMATCH', {
        did: `${pieces.reduce((sum, { length }) => sum + length, 0)} of ${text.length} bytes came`,
        kernel: outcome(taken),
        wanted: 'DIGEST_MISMATCH',
      });
    }
  },
);

const endless = check(
  'more bytes than were promised are not waited for',
  {
    slot: VERIFIED,
    needs: ['one bit that differs is refused'],
    see: './drydock demo registry --break-it',
    hint: ({ asked, extra }) => [
      'The promise has a number in it. What if a registry sends, and does not stop?',
      Number(extra) > 0
        ? `${String(extra)} bytes more than promised were handed on: they may be on a disk by now.`
        : `Your function took ${String(asked)} pieces, though the fourth was already too much.`,
      'In the loop, before the yield: add piece.length to what has come, and throw mismatch(blob, …) as soon as that is more than blob.size.',
    ],
  },
  async (t) => {
    const more = Array.from({ length: ENDLESS }, () => Buffer.from('and more'));
    const taken = await through(t, [...inPieces(text), ...more]);
    const asked = t.fact('asked', taken.asked);
    const extra = t.fact('extra', Math.max(0, taken.bytes.length - text.length));
    t.must(taken.error?.code === 'DIGEST_MISMATCH' && asked <= 4 && extra === 0, {
      did: `after the ${text.length} bytes more came; it took ${asked} of ${ENDLESS + 3} pieces`,
      kernel: outcome(taken),
      wanted: 'DIGEST_MISMATCH at the fourth piece, which is not handed on',
    });
  },
);

export const bytesChecks: readonly Check[] = [handedOn, oneBit, short, endless];
