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

export interface Sinks {
  stdout(bytes: Buffer): unknown;
  stderr(bytes: Buffer): unknown;
}

/** Takes pieces of a framed stream, and gives each stream's bytes to its sink. */
export class Frames {
  private header = Buffer.alloc(0);
  private left = 0;
  private kind = 0;

  constructor(private readonly sinks: Sinks) {}

  push(piece: Buffer): void {
    for (let at = 0; at < piece.length;) {
      if (this.left === 0) at += this.readHeader(piece.subarray(at));
      else at += this.pass(piece.subarray(at, at + this.left));
    }
  }

  /** Throws when the stream ended inside a frame: something is missing. */
  end(): void {
    if (this.left > 0 || this.header.length > 0)
      throw new DrydockError('ENGINE', `the output ended ${this.left || HEADER - this.header.length} bytes too early`, {
        hint: 'the engine has gone away, or the connection to it',
      });
  }

  private readHeader(bytes: Buffer): number {
    const taken = Math.min(bytes.length, HEADER - this.header.length);
    this.header = Buffer.concat([this.header, bytes.subarray(0, taken)]);
    if (this.header.length < HEADER) return taken;
    this.kind = this.header[0]!;
    this.left = this.header.readUInt32BE(4);
    this.header = Buffer.alloc(0);
    if (this.kind > COMPLAINT)
      throw new DrydockError('ENGINE', `a frame of the output is of kind ${this.kind}, and there are 0 to 3`);
    return taken;
  }

  private pass(bytes: Buffer): number {
    this.left -= bytes.length;
    if (this.kind === COMPLAINT) throw new DrydockError('ENGINE', `error from daemon in stream: ${bytes.toString()}`);
    if (this.kind === 2) this.sinks.stderr(bytes);
    else this.sinks.stdout(bytes);
    return bytes.length;
  }
}
