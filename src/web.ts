/**
 * Files from addresses of the web, for whoever names one: ADD, `import`, `build`. Over undici's requests and not over fetch(),
 * which refuses the ports that browsers refuse (https://fetch.spec.whatwg.org/#port-blocking): a server at 10080 is one.
 */
import { createGunzip } from 'node:zlib';
import { pipeline } from 'node:stream';
import { Agent, interceptors, request, type Dispatcher } from 'undici';

export interface Answer {
  /** By its name in small letters. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** The error of whoever asked, out of the reason. */
export type Wrong = (why: string, cause?: unknown) => Error;

const dispatcher = new Agent().compose(interceptors.redirect({ maxRedirections: 20 }));
/** As Go's client asks, and takes the packing off again that a server has put on for the way alone. */
const headers = { accept: '*/*', 'accept-encoding': 'gzip', 'user-agent': 'drydock' };

/** What the address answers, if that is a success. What goes wrong later, while it is read, is told in the same way. */
export async function get(address: string, signal: AbortSignal, wrong: Wrong): Promise<Answer> {
  const answer = await request(address, { dispatcher, headers, signal }).catch((error: unknown) => {
    throw inWords(error, signal, wrong);
  });
  const { statusCode, statusText } = answer;
  if (statusCode >= 200 && statusCode <= 299) return { headers: answer.headers, bytes: pieces(answer, signal, wrong) };
  answer.body.on('error', () => undefined).destroy();
  throw wrong(`${statusCode} ${statusText}`.trim());
}

async function* pieces(answer: Dispatcher.ResponseData, signal: AbortSignal, wrong: Wrong): AsyncGenerator<Uint8Array> {
  const { body } = answer;
  try {
    const isPacked = /^(x-)?gzip$/i.test(String(answer.headers['content-encoding']));
    yield* isPacked ? pipeline(body, createGunzip(), () => undefined) : body;
  } catch (error) {
    throw inWords(error, signal, wrong);
  }
}

function inWords(error: unknown, { aborted }: AbortSignal, wrong: Wrong): unknown {
  if (aborted || !(error instanceof Error)) return error;
  // Several addresses that all refused are one error without words.
  const { message, code } = error as NodeJS.ErrnoException;
  return wrong(message || code || error.name, error);
}
