/**
 * Files from addresses of the web, for whoever names one: ADD, `import`, `build`. fetch says only that it failed; its cause
 * says why, and that is what a person needs.
 */

export interface Answer {
  readonly headers: Headers;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** The error of whoever asked, out of the reason. */
export type Wrong = (why: string, cause?: unknown) => Error;

/** What the address answers, if that is a success. What goes wrong later, while it is read, is told in the same way. */
export async function get(address: string, signal: AbortSignal, wrong: Wrong): Promise<Answer> {
  const answer = await fetch(address, { signal }).catch((error: unknown) => {
    throw inWords(error, signal, wrong);
  });
  if (!answer.ok) throw wrong(`${answer.status} ${answer.statusText}`.trim());
  return { headers: answer.headers, bytes: pieces(answer, signal, wrong) };
}

async function* pieces({ body }: Response, signal: AbortSignal, wrong: Wrong): AsyncGenerator<Uint8Array> {
  try {
    // In Node a body is iterable; the types of browsers do not know that.
    yield* (body as AsyncIterable<Uint8Array> | null) ?? [];
  } catch (error) {
    throw inWords(error, signal, wrong);
  }
}

function inWords(error: unknown, { aborted }: AbortSignal, wrong: Wrong): unknown {
  if (aborted || !(error instanceof Error)) return error;
  const { cause, message } = error;
  // Several addresses that all refused are one error without words.
  const { message: reason, code } = (cause ?? {}) as NodeJS.ErrnoException;
  return wrong(reason || code || message, error);
}
