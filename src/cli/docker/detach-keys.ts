/** The keys that let go of a container and leave it running: ctrl-p ctrl-q, or others (`--detach-keys ctrl-a,x`). */
import { bytesOfKeys } from '../../detach-keys.ts';

const usual = Buffer.from([0x10, 0x11]);

/** The bytes that a terminal sends for them. Throws BAD_USAGE. */
export const keysOf = (text: string | undefined): Buffer => (text ? bytesOfKeys(text) : usual);

/** Looks for the keys in what is typed. The first ones of them are held back until it is clear that they are not meant. */
export class Escape {
  private held = 0;

  constructor(private readonly keys: Buffer) {}

  /** What may go on to the program, and whether the keys are complete. */
  take(bytes: Buffer): { out: Buffer; isOver: boolean } {
    const out: number[] = [];
    for (const byte of bytes) {
      if (byte !== this.keys[this.held]) {
        out.push(...this.keys.subarray(0, this.held));
        this.held = 0;
      }
      if (byte === this.keys[this.held]) this.held++;
      else out.push(byte);
      if (this.held === this.keys.length) return { out: Buffer.from(out), isOver: true };
    }
    return { out: Buffer.from(out), isOver: false };
  }
}
