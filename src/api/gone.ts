/** What goes on until there is nothing more, or until nobody listens any more. */

/** The source, as long as the client is there. What the source holds is given back as soon as it lets go. */
export async function* whileThere<T>(source: AsyncIterable<T>, gone: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  const left = untilGone(gone);
  try {
    while (!gone.aborted) {
      const next = await Promise.race([iterator.next(), left]);
      if (next === undefined || next.done) return;
      yield next.value;
    }
  } finally {
    // Not waited for: a generator that waits for a next line comes to its end with that line.
    void iterator.return?.();
  }
}

/** Resolves when the client has left. */
export function untilGone(gone: AbortSignal): Promise<undefined> {
  if (gone.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => gone.addEventListener('abort', () => resolve(undefined), { once: true }));
}
