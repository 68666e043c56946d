/**
 * The same bytes in fewer pieces: an archive of small files comes as three for each of them, and each piece costs whoever
 * writes it a call and a turn of the event loop, whatever is in it.
 */
const pieceSize = 1024 * 1024;

/** Pieces of about a megabyte, and what is left. */
export async function* gathered(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const piece of source) {
    waiting.push(piece);
    length += piece.length;
    if (length < pieceSize) continue;
    yield Buffer.concat(waiting, length);
    waiting = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(waiting, length);
}
