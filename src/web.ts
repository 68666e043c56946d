/**
 * Files from addresses of the web, for whoever names one: ADD, `import`, `build`. Over undici's requests and not over fetch(),
 * which refuses the ports that browsers refuse (https://fetch.spec.whatwg.org/#port-blocking): a server at 10080 is one.
 * The proxies of the environment are the way, as to registries.
 */
import { unescape } from 'node:querystring';
import { createGunzip } from 'node:zlib';
import { pipeline } from 'node:stream';
import { Agent, interceptors, ProxyAgent, request, type Dispatcher } from 'undici';
import { proxyFor } from './registry/proxy.ts';

export interface Answer {
  /** By its name in small letters. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** The error of whoever asked, out of the reason. */
export type Wrong = (why: string, cause?: unknown) => Error;

const direct = new Agent();
const proxies = new Map<string, Dispatcher>();
const dispatcher = direct.compose(
  () => (options, handler) => wayTo(new URL(options.origin!)).dispatch(options, handler),
  interceptors.redirect({ maxRedirections: 20 }),
);
/** As Go's client asks, and takes the packing off again that a server has put on for the way alone. */
const headers = { accept: '*/*', 'accept-encoding': 'gzip', 'user-agent': 'drydock' };

/** What the address answers, if that is a success. What goes wrong later, while it is read, is told in the same way. */
export async function get(address: string, signal: AbortSignal, wrong: Wrong): Promise<Answer> {
  const answer = await ask(address, signal).catch((error: unknown) => {
    throw inWords(error, signal, wrong);
  });
  const { statusCode, statusText } = answer;
  if (statusCode >= 200 && statusCode <= 299) return { headers: answer.headers, bytes: pieces(answer, signal, wrong) };
  answer.body.on('error', () => undefined).destroy();
  throw wrong(`${statusCode} ${statusText}`.trim());
}

async function ask(address: string, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  const url = new URL(address);
  return request(url, { dispatcher, headers: { ...headers, ...credentials(url) }, signal });
}

/** Of `http://name:password@…`. A redirection to somebody else leaves them out (undici). */
function credentials({ username, password }: URL): { authorization?: string } {
  if (username === '' && password === '') return {};
  return { authorization: `Basic ${Buffer.from(unescape(`${username}:${password}`)).toString('base64')}` };
}

/** By the proxies of the environment, for each address that a redirection leads to anew. */
function wayTo(url: URL): Dispatcher {
  const proxy = proxyFor(url, process.env);
  if (!proxy) return direct;
  // Only for a tunnel it may not listen: it is asked for a plain resource itself.
  const proxyTunnel = url.protocol === 'https:';
  const name = `${proxyTunnel} ${proxy.href}`;
  const known = proxies.get(name) ?? new ProxyAgent({ uri: proxy.href, proxyTunnel });
  proxies.set(name, known);
  return known;
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
