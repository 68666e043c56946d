/** The checks of `demultiplex`: it is fed by hand first, because a connection cuts where it likes; then by an engine. */
import type { Output, demultiplex } from '../../src/client/frames.ts';
import { check, consequence, type Bench, type Check } from '../../src/learn/check/check.ts';
import { functionOf } from '../../src/learn/check/solved.ts';
import { withEngine } from '../../src/learn/engine.ts';

export const FRAMES = 'client/frames.ts#demultiplex';
const APART = 'two outputs in one piece come apart';
const CUT = 'a frame may be cut anywhere, and a piece may hold several';
/** Whoever reads on for so long waits for the whole. */
const PIECES = 64;

function frame(stream: number, text: string, length = Buffer.byteLength(text)): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(length, 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

interface Heard {
  /** By stream: 1 and 2. */
  readonly text: readonly [string, string];
  /** How many pieces had been asked for when the first bytes came out. */
  readonly before: number;
  readonly error?: Error & { readonly code?: string };
}

/** Lets pieces through the learner's function. */
async function through(t: Bench, pieces: readonly Buffer[]): Promise<Heard> {
  let asked = 0;
  let before = 0;
  const text: [string, string] = ['', ''];
  async function* come(): AsyncGenerator<Buffer> {
    for (const piece of pieces) {
      asked++;
      yield piece;
    }
  }
  try {
    for await (const { stream, bytes } of functionOf<typeof demultiplex>(t, FRAMES)(come())) {
      if (bytes.length > 0) before ||= asked;
      text[stream === 2 ? 1 : 0] += bytes.toString();
    }
    return { text, before };
  } catch (error) {
    return { text, before, error: error as Error };
  }
}

const words = ({ text: [output, errors], error }: Heard): string =>
  [`output ${shown(output)}`, `errors ${shown(errors)}`, ...(error ? [`then ${nameOf(error)}`] : [])].join(', ');

const shown = (text: string): string => JSON.stringify(text.length > 24 ? `${text.slice(0, 24)}…` : text);

const nameOf = ({ code, message }: NonNullable<Heard['error']>): string => `${code ?? 'an error'}: ${message}`;

/** More than 255 bytes: one byte of the length is not enough for it. */
const long = 'x'.repeat(300);
const three = Buffer.concat([frame(1, 'one '), frame(2, long), frame(1, 'two')]);

const apart = check(
  APART,
  {
    slot: FRAMES,
    see: './drydock demo engine',
    hint: ({ heard }) => [
      'Draw the bytes of three frames, one behind the other. Where does the second header begin?',
      `Of "one " to output, 300 bytes to errors and "two" to output there came: ${String(heard)}.`,
      'The stream is header[0], the length header.readUInt32BE(4): big endian, and four bytes of it. After so many bytes comes the next header.',
    ],
  },
  async (t) => {
    const got = await through(t, [three]);
    const heard = t.fact('heard', words(got));
    t.must(!got.error && got.text[0] === 'one two' && got.text[1] === long, {
      did: `took three frames in one piece of ${three.length} bytes`,
      kernel: heard,
      wanted: `output "one two", errors ${shown(long)}`,
    });
  },
);

const cut = check(
  CUT,
  {
    slot: FRAMES,
    needs: [APART],
    see: 'strace -e trace=read -p PID    (PID: of the client)',
    hint: ({ size, heard }) => [
      'A connection has no messages: what was written with one call may be read with three, and the other way round.',
      `In pieces of ${String(size)} bytes there came: ${String(heard)}.`,
      'Keep between two pieces: the part of the header that is there already, and how many bytes of the frame are left.',
    ],
  },
  async (t) => {
    for (const size of [1, 3, 5, 8, 11, 13, 100]) {
      const count = Math.ceil(three.length / size);
      const pieces = Array.from({ length: count }, (_, i) => three.subarray(i * size, (i + 1) * size));
      const got = await through(t, pieces);
      t.fact('size', size);
      const heard = t.fact('heard', words(got));
      t.must(!got.error && got.text[0] === 'one two' && got.text[1] === long, {
        did: `took the same bytes in ${count} pieces of ${size}`,
        kernel: heard,
        wanted: 'the same as in one piece',
      });
    }
  },
);

const handedOn = check(
  'bytes are handed on when they come, and a frame that claims a gigabyte takes no memory',
  {
    slot: FRAMES,
    needs: [CUT],
    see: './drydock run lab sh -c "printf Name?; sleep 5"',
    hint: ({ before }) => [
      'A program asks "Name?" and waits. When does whoever sits at the client read the question?',
      Number(before) > 0
        ? `The first bytes of the frame came out after ${String(before)} of ${PIECES} pieces.`
        : 'Nothing came out before the frame was whole.',
      'yield the part of the frame that is in this piece, piece.subarray(0, left), and count down what is left. No Buffer.concat but for the header.',
    ],
  },
  async (t) => {
    const pieces = [frame(1, 'Name?', 2 ** 30), ...Array.from({ length: PIECES - 1 }, () => Buffer.from('.'))];
    const { before, text } = await through(t, pieces);
    t.fact('before', before);
    t.must(before === 1, {
      did: `took ${PIECES} pieces of a frame that claims 2³⁰ bytes`,
      kernel: `the first bytes came out after ${before || 'none'} of them; all in all ${text[0].length} bytes`,
      wanted: '"Name?" after the first',
    });
  },
);

const missing = check(
  'an end in the middle of a frame is no end',
  {
    slot: FRAMES,
    needs: [CUT],
    see: 'kill -9 $(cat /run/drydock/drydock.pid), while `drydock logs -f` runs',
    hint: ({ heard, which }) => [
      'The engine is killed while it writes, and the connection closes as it always does. What does your function say?',
      `After ${String(which)} it said: ${String(heard)}.`,
      'Behind the loop: if (left > 0 || header.length > 0) throw tooEarly(…). A header may be half, too.',
    ],
  },
  async (t) => {
    const ends = { 'a frame with 2 of its 5 bytes': 10, 'three bytes of a header': 3 };
    for (const [which, length] of Object.entries(ends)) {
      const got = await through(t, [frame(1, 'hello').subarray(0, length)]);
      t.fact('which', which);
      const heard = t.fact('heard', words(got));
      t.must(got.error?.code === 'ENGINE', {
        did: `took ${which}, and then the end`,
        kernel: heard,
        wanted: 'tooEarly(3), and tooEarly(5): a DrydockError with the code ENGINE',
      });
    }
  },
);

const complaints = check(
  'further: what the engine complains of is nobody’s output',
  {
    slot: FRAMES,
    needs: [APART],
    see: "printf '\\3\\0\\0\\0\\0\\0\\0\\3why' | od -An -tx1 -w11",
    hint: ({ heard, kind }) => [
      'There are more streams than two. The third is the engine’s own: something went wrong after the answer had begun.',
      `A frame of kind ${String(kind)} became: ${String(heard)}.`,
      'if (stream === COMPLAINT) throw complaint(bytes), before the yield; and right behind the header, if (stream > COMPLAINT) throw unknownKind(stream).',
    ],
  },
  async (t) => {
    for (const kind of [3, 7]) {
      const got = await through(t, [frame(1, 'out'), frame(kind, 'the log is gone')]);
      t.fact('kind', kind);
      const heard = t.fact('heard', words(got));
      t.must(got.text[0] === 'out' && got.text[1] === '' && got.error?.code === 'ENGINE', {
        did: `took a frame of kind ${kind}: "the log is gone"`,
        kernel: heard,
        wanted: kind === 3 ? 'output "out", then complaint(bytes)' : 'output "out", then unknownKind(7)',
      });
    }
  },
);

const real = consequence(
  'both outputs of a container come from a real engine',
  { slot: FRAMES, needs: [CUT], see: './drydock run lab sh -c "echo out; echo err >&2" 2>/dev/null' },
  (t) =>
    withEngine(async (engine) => {
      const id = await engine.create({ script: 'seq 20000; seq 3 >&2' });
      const stream = await engine.client().hijack(`/containers/${id}/attach`, {
        query: { stdout: true, stderr: true, stream: true },
      });
      await engine.client().done('POST', `/containers/${id}/start`);
      const lines: [string, string] = ['', ''];
      const heard = functionOf<typeof demultiplex>(t, FRAMES)(stream as AsyncIterable<Buffer>);
      for await (const { stream: which, bytes } of heard as AsyncIterable<Output>)
        lines[which === 2 ? 1 : 0] += bytes.toString();
      const [output, errors] = lines.map((text) => text.split('\n').length - 1);
      t.must(output === 20000 && lines[1] === '1\n2\n3\n', {
        did: 'attached to a container that runs `seq 20000; seq 3 >&2`',
        kernel: `${output} lines of output, ${errors} of errors`,
        wanted: '20000, and 3',
      });
    }),
);

export const framesChecks: readonly Check[] = [apart, cut, handedOn, missing, complaints, real];
