/**
 * Output and errors of a process in one stream, when it has no terminal: frames of a header of eight bytes and what it
 * announces.
 *
 *     ┌────────────────────┬───────────┬──────────────────────┬─────────
 *     │ 1 output, 2 errors │  0  0  0  │ length (big-endian)  │ bytes …
 *     └────────────────────┴───────────┴──────────────────────┴─────────
 *
 * What a client sends is never framed, and with a terminal nothing is.
 */
const HEADER = 8;

export const OUTPUT = 1;
export const ERRORS = 2;

export function frame(kind: typeof OUTPUT | typeof ERRORS, bytes: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(HEADER + bytes.length);
  framed.writeUInt32BE(kind * 0x1000000, 0);
  framed.writeUInt32BE(bytes.length, 4);
  framed.set(bytes, HEADER);
  return framed;
}
