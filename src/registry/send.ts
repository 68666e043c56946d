/**
 * One request to a server, with all that may come before its answer: a 401 and a token, redirects and their limits, and
 * the answers that mean "not now".
 *
 * Invariants, each of which has been broken by others:
 *
 *  1. Authorization is sent to the server's own origin alone. A redirect to elsewhere goes without, and stays without when
 *     it comes back (CVE-2020-15157: a manifest's `urls` drew credentials to another host).
 *  2. A 401 is answered only if it comes from that origin. A server that we were sent to may ask, and gets nothing.
 *  3. From TLS there is no way back to plain HTTP: not by a redirect, not by an upload's Location, not by a token server.
 *  4. Five redirects, three rounds of saying who we are; then it is an error.
 *
 * What cannot pass is not decided here: any other answer is handed to whoever asked.
 */
import { nameOf, told, type Answer, type Ask } from './ask.ts';
import { Authorizer } from './authorize.ts';
import { discard, readUpTo } from './body.ts';
import { isThisMachine, type Endpoint } from './endpoint.ts';
import { canPass, lineFailure, Passing, printable, RegistryError } from './failure.ts';
import type { Exchange, RegistryOptions } from './registry.ts';
import { refusal } from './refusal.ts';
import { retryAfterIn } from './retry.ts';
import type { TokenRequest } from './token.ts';
import type { Response, Transport } from './transport.ts';

const REDIRECTS = 5;
const ROUNDS = 3;
const TOKEN_LIMIT = 1024 * 1024;
const AGENT = 'drydock';

/** One server, and who we are for it. */
export class Server {
  readonly authorizer: Authorizer;

  constructor(
    readonly endpoint: Endpoint,
    private readonly transport: Transport,
    private readonly options: RegistryOptions,
    findCredential: () => Promise<Awaited<ReturnType<NonNullable<RegistryOptions['credentials']>>>>,
  ) {
    this.authorizer = new Authorizer(findCredential, (request) => this.fetchToken(request));
  }

  /** `/v2/…` at this server. */
  at(path: string, query: Readonly<Record<string, string>> = {}): URL {
    const url = new URL(path, this.endpoint.url);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }

  /** The answer. Throws UNAUTHORIZED after a 401 that we have nothing to say to, and Passing for "not now". */
  async ask(ask: Ask): Promise<Answer> {
    const answer = await this.follow(ask);
    if (canPass(answer.status)) throw await notNow(ask, answer);
    return answer;
  }

  private async follow(ask: Ask): Promise<Answer> {
    let { url } = ask;
    this.mustBeSafe(url, this.endpoint.url);
    let isOurs = url.origin === this.endpoint.url.origin;
    for (let hops = 0; ; hops++) {
      const here = { ...ask, url };
      const answer = isOurs ? await this.withAuthorization(here) : await this.exchange(here);
      const location = redirectOf(answer);
      if (location === undefined) return answer;
      await discard(answer.body);
      if (hops === REDIRECTS) throw told(here, `it redirects more than ${REDIRECTS} times`);
      // Other redirects turn a PUT into a GET in some clients; then what was sent would be nowhere.
      if (!/^(GET|HEAD)$/.test(ask.method) && answer.status < 307)
        throw told(here, `it redirects a ${ask.method} with ${answer.status}, which does not carry it`);
      const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
      if (!next) throw told(here, `it redirects to '${printable(location)}', which is no address`);
      this.mustBeSafe(next, url);
      isOurs &&= next.origin === url.origin;
      url = next;
    }
  }

  private async withAuthorization(ask: Ask): Promise<Answer> {
    const scopes = ask.scopes ?? [];
    for (let round = 1; ; round++) {
      const authorization = await this.authorizer.header(scopes);
      const answer = await this.exchange({
        ...ask,
        headers: { ...ask.headers, ...(authorization && { authorization }) },
      });
      if (answer.status !== 401) return answer;
      const challenge = answer.header('www-authenticate') ?? '';
      if (round < ROUNDS && this.authorizer.learn(challenge, authorization, scopes)) await discard(answer.body);
      else throw await refusal(ask, answer, await this.authorizer.whoWeAre());
    }
  }

  /** Throws Passing for what is wrong with the line. */
  private async exchange({ method, url, headers, body, signal }: Ask): Promise<Answer> {
    const tell = (known: Partial<Exchange>): void =>
      this.options.onExchange?.({
        method,
        url: url.origin + url.pathname,
        ...(headers?.authorization && { authorization: headers.authorization.split(' ')[0] as 'Basic' | 'Bearer' }),
        ...(headers?.range && { range: headers.range }),
        headers: {},
        ...known,
      });
    try {
      const sent = { 'user-agent': AGENT, 'accept-encoding': 'identity', ...headers };
      const response = await this.transport.request(url, { method, headers: sent, body: await body?.(), signal });
      tell({ status: response.statusCode, headers: worthTelling(response) });
      return answerOf(response, url);
    } catch (error) {
      const failure = lineFailure(error, nameOf({ method, url }));
      tell({ failure: failure.message });
      throw failure;
    }
  }

  private async fetchToken({ method, url, headers, body }: TokenRequest): Promise<string> {
    this.mustBeSafe(url, this.endpoint.url);
    const ask: Ask = { method, url, headers, ...(body !== undefined && { body: () => body }) };
    const answer = await this.exchange(ask);
    if (canPass(answer.status)) throw await notNow(ask, answer);
    // Its redirects are not followed: they would take a password with them, or lose it.
    if (answer.status !== 200) throw await refusal(ask, answer, await this.authorizer.whoWeAre());
    const text = await readUpTo(TOKEN_LIMIT, answer.body, nameOf(ask));
    if (!text) throw told(ask, `its token is longer than ${TOKEN_LIMIT} bytes`);
    return text.toString();
  }

  /** Whether we go on from one address to another. Plain HTTP was allowed to this server, or leads to this machine. */
  private mustBeSafe(to: URL, from: URL): void {
    const isPlain = to.protocol === 'http:';
    const isPlainAllowed =
      from.protocol === 'http:' && (isThisMachine(to) || to.host === from.host || !this.endpoint.isCertificateChecked);
    if ((to.protocol === 'https:' || (isPlain && isPlainAllowed)) && to.username === '' && to.password === '') return;
    throw new RegistryError('REGISTRY', `${from.origin} sends us to ${to.protocol}//${to.host}, where we do not go`, {
      hint: isPlain ? 'everybody on the way could read and change what is said there' : undefined,
    });
  }
}

const redirects = new Set([301, 302, 303, 307, 308]);

function redirectOf({ status, header }: Answer): string | undefined {
  return redirects.has(status) ? header('location') : undefined;
}

function answerOf({ statusCode, headers, body }: Response, url: URL): Answer {
  // A body that nobody reads to its end may break; whoever reads it hears of that from the reading.
  body.on('error', () => undefined);
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  return { status: statusCode, url, body, header };
}

async function notNow(ask: Ask, answer: Answer): Promise<Passing> {
  const { message } = await refusal(ask, answer);
  return new Passing(message, retryAfterIn(answer.header('retry-after')), answer.status);
}

function worthTelling({ headers }: Response): Record<string, string> {
  const told: Record<string, string> = {};
  for (const name of ['www-authenticate', 'location', 'content-range', 'range', 'docker-content-digest', 'retry-after'])
    if (headers[name] !== undefined) told[name] = String(headers[name]).replace(name === 'location' ? /\?.*/ : '', '');
  return told;
}
