/** What a stream is, is seen by how it begins; whoever has looked hands it on as if he had not. */

/** The first bytes, and all of them again. */
export async function peek(
  source: AsyncIterable<Uint8Array>,
  wanted: number,
): Promise<{ start: Buffer; all: AsyncIterable<Uint8Array> }> {
  const rest = source[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  while (start.length < wanted) {
    const next = await rest.next();
    if (next.done) break;
    start = Buffer.concat([start, next.value]);
  }
  const all = (async function* () {
    try {
      if (start.length > 0) yield start;
      for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
    } finally {
      await rest.return?.();
    }
  })();
  return { start, all };
}
