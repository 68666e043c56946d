/**
 * Output of a process without a terminal comes in frames, so that its two streams go through one connection:
 *
 *     1 or 2   0 0 0   length (32 bits, big endian)   that many bytes      1 standard output, 2 standard error
 *     3        …       the engine's own complaint, at the end
 *
 * A frame may come in pieces, and pieces may hold several frames. A frame's bytes are passed on as they come: one that
 * claims four gigabytes takes no memory here.
 */
import { DrydockError } from '../errors.ts';

const HEADER = 8;
const COMPLAINT = 3;

/** Bytes of one of the streams: 2 is standard error, and what is not is standard output. */
export interface Output {
  readonly stream: number;
  readonly bytes: Buffer;
}

/** What is in a framed stream, in the order in which it was written. Throws ENGINE when it is not whole. */
export async function* demultiplex(pieces: AsyncIterable<Buffer>): AsyncGenerator<Output> {
  let header = Buffer.alloc(0);
  let stream = 0;
  let left = 0;
  for await (let piece of pieces)
    while (piece.length > 0) {
      if (left > 0) {
        const bytes = piece.subarray(0, left);
        if (stream === COMPLAINT) throw complaint(bytes);
        left -= bytes.length;
        piece = piece.subarray(bytes.length);
        yield { stream, bytes };
      } else {
        const missing = HEADER - header.length;
        header = Buffer.concat([header, piece.subarray(0, missing)]);
        piece = piece.subarray(missing);
        if (header.length < HEADER) continue;
        stream = header[0]!;
        if (stream > COMPLAINT) throw unknownKind(stream);
        left = header.readUInt32BE(4);
        header = Buffer.alloc(0);
      }
    }
  if (left > 0 || header.length > 0) throw tooEarly(left || HEADER - header.length);
}

const complaint = (said: Buffer): DrydockError =>
  new DrydockError('ENGINE', `error from daemon in stream: ${said.toString()}`);

const unknownKind = (kind: number): DrydockError =>
  new DrydockError('ENGINE', `a frame of the output is of kind ${kind}, and there are 0 to 3`);

const tooEarly = (missing: number): DrydockError =>
  new DrydockError('ENGINE', `the output ended ${missing} bytes too early`, {
    hint: 'the engine has gone away, or the connection to it',
  });
