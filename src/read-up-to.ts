/** What somebody else sends is read into memory up to a limit, and no further: whoever asked says what it means to pass it. */

/** All of it; undefined: it is longer than the limit, and the rest is not read. */
export async function readUpTo(source: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of source) {
    length += piece.length;
    if (length > limit) return undefined; // leaving the loop ends the source
    pieces.push(piece);
  }
  return Buffer.concat(pieces, length);
}
