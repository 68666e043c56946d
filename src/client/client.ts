/**
 * A client of the Docker Engine API (docs.docker.com/engine/api), for ours and for Docker's own engine.
 *
 * Four ways to ask, by what comes back:
 *
 *     json      one value                             GET /containers/json
 *     done      nothing that matters                  POST /containers/x/start
 *     stream    a body that goes on                   GET /events
 *     hijack    the connection itself, both ways      POST /containers/x/attach
 *
 * Invariants: whatever is no success is thrown as a Refusal that has the engine's own words; nobody there is ENGINE, with
 * the address. A hijacked connection may be half closed: our end of input is not the engine's end of output.
 *
 * Which version of the API: ours. An engine that cannot speak it says which one it can, and is asked again in that one.
 * So an ordinary request costs one way there and back, where a greeting in front of each would make it two.
 */
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { DrydockError } from '../errors.ts';
import { tlsOptions, type Endpoint } from './endpoint.ts';
import { isNobody, Refusal, refusalOf, tellsOfItsEnd, unreachable } from './failure.ts';
import { wholeAnswer } from './whole.ts';

/** What the client speaks unless DOCKER_API_VERSION says otherwise. */
export const API_VERSION = '1.41';

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface Asked {
  readonly query?: Query;
  /** Sent as JSON; a stream is sent as it comes. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Gives the request up. */
  readonly signal?: AbortSignal;
}

/**
 * Without TLS nobody asks for the server's name. Left out, Node finds one: it looks whether the Host is an address, with a
 * pattern for IPv6 that takes seven milliseconds to compile.
 */
const NAMELESS = { servername: '' };

/** What a socket of this machine is called, as Docker's client has it. */
const SOCKET_HOST = 'api.moby.localhost';

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';

export class Client {
  /** What requests are made in; changes when the engine cannot speak ours. */
  version = process.env.DOCKER_API_VERSION || API_VERSION;
  /** Starts an engine where none answers; only there when it is ours to start. */
  revive?: () => Promise<void>;
  private revived?: Promise<void>;
  /** Nothing else goes on in this process: a short question may wait for its answer. */
  isAlone = false;
  /** Of the connections that are kept; absent until one is needed. */
  private agent?: Agent;
  private readonly tls?: Record<string, unknown>;

  constructor(readonly endpoint: Endpoint) {
    if (endpoint.tls) this.tls = tlsOptions(endpoint.tls);
  }

  async json<T>(method: Method, path: string, asked: Asked = {}): Promise<T> {
    const text = await this.text(method, path, asked);
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw new DrydockError('ENGINE', `${this.endpoint.address} has answered ${method} ${path} with no JSON`, {
        hint: `it said: ${text.slice(0, 200)}`,
        cause,
      });
    }
  }

  /** The answer's text as it came: numbers and signs that JSON.parse would change stay. */
  async text(method: Method, path: string, asked: Asked = {}): Promise<string> {
    return this.tried(
      asked,
      async () => this.whole(method, path, asked) ?? textOf(await this.once(method, path, asked)),
    );
  }

  /** For what is done when it is answered. */
  async done(method: Method, path: string, asked: Asked = {}): Promise<void> {
    await textOf(await this.stream(method, path, asked));
  }

  /** The answer as soon as its head is here. */
  async stream(method: Method, path: string, asked: Asked = {}): Promise<IncomingMessage> {
    return this.tried(asked, () => this.once(method, path, asked));
  }

  /** Asks; and once more when there is an engine now, or one that wants another version. */
  private async tried<T>({ body }: Asked, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      // A stream that flows cannot be sent again; one that found nobody does not flow yet.
      const isAnother = (await this.isRevived(error)) || (!isStream(body) && this.speaksOlderOrNewer(error));
      if (!isAnother) throw error;
      return ask();
    }
  }

  /** Whether there was no engine, and now there is one. */
  private async isRevived(error: unknown): Promise<boolean> {
    const { revive } = this;
    if (!revive || !(error instanceof DrydockError) || !isNobody(error.cause)) return false;
    // Once, for all requests that were under way.
    await (this.revived ??= revive());
    return true;
  }

  /**
   * The connection itself, once the engine has agreed. Other answers are refusals. End it with `.end()`, which closes
   * our direction only.
   */
  async hijack(path: string, { query, body }: Asked = {}): Promise<Duplex> {
    const headers = { Connection: 'Upgrade', Upgrade: 'tcp' };
    const request = await this.open('POST', path, { query, body, headers });
    return new Promise((resolve, reject) => {
      request.on('upgrade', (_response, socket: Duplex, head: Buffer) => {
        if (head.length > 0) socket.unshift(head);
        resolve(tellsOfItsEnd(socket, this.endpoint));
      });
      request.on('response', (response) => void this.accepted(response).then(() => reject(notHijacked(path)), reject));
      request.on('error', (error) => reject(unreachable(this.endpoint, error)));
      sendBody(request, body);
    });
  }

  /** What comes at once and whole, as long as nothing has needed a connection that is kept. */
  private whole(method: Method, path: string, { query, body, headers, signal }: Asked): string | undefined {
    const { target } = this.endpoint;
    const isPlain = method === 'GET' && body === undefined && !headers && !signal;
    if (!this.isAlone || this.agent || !isPlain || this.tls || !('socketPath' in target)) return undefined;
    const answer = wholeAnswer(target.socketPath, this.pathOf(path, query), SOCKET_HOST);
    if (answer && isRefused(answer)) throw refusalOf(answer.body, answer);
    return answer?.body;
  }

  private async once(method: Method, path: string, asked: Asked): Promise<IncomingMessage> {
    const request = await this.open(method, path, asked);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request.on('response', resolve);
      request.on('error', (error) => reject(asked.signal?.aborted ? error : unreachable(this.endpoint, error)));
      sendBody(request, asked.body);
    });
    return this.accepted(response);
  }

  private async accepted(response: IncomingMessage): Promise<IncomingMessage> {
    tellsOfItsEnd(response, this.endpoint);
    if (!isRefused(response)) return response;
    throw refusalOf(await textOf(response), response);
  }

  private async open(method: Method, path: string, { query, body, headers, signal }: Asked): Promise<ClientRequest> {
    const options = {
      ...this.endpoint.target,
      ...(this.tls ?? NAMELESS),
      method,
      path: this.pathOf(path, query),
      // Over TLS the name is the machine's: its certificate is compared with it.
      headers: { ...(!this.tls && { Host: SOCKET_HOST }), ...contentType(body), ...headers },
      signal,
    };
    // Loaded where they are used: node:tls costs five milliseconds, node:http fifteen.
    if (this.tls) return (await import('node:https')).request(options);
    const http = await import('node:http');
    this.agent ??= new http.Agent({ keepAlive: true });
    return http.request({ ...options, agent: this.agent });
  }

  private pathOf(path: string, query?: Query): string {
    return `/v${this.version}${path}${queryText(query)}`;
  }

  /** Takes the engine's version when that is what it complains of. */
  private speaksOlderOrNewer(error: unknown): boolean {
    if (!(error instanceof Refusal) || error.status !== 400) return false;
    const [, theirs] = /(?:Minimum|Maximum) supported API version is (\d+\.\d+)/.exec(error.message) ?? [];
    if (theirs === undefined || theirs === this.version || process.env.DOCKER_API_VERSION) return false;
    this.version = theirs;
    return true;
  }
}

const isRefused = ({ statusCode: status = 0 }: Pick<IncomingMessage, 'statusCode'>): boolean =>
  status >= 300 && status !== 304;

function notHijacked(path: string): DrydockError {
  return new DrydockError('ENGINE', `POST ${path}: the engine has not handed the connection over`);
}

export async function textOf(response: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function isStream(body: unknown): body is Readable {
  return typeof (body as Readable | undefined)?.pipe === 'function';
}

function contentType(body: unknown): Record<string, string> {
  if (body === undefined) return {};
  return { 'Content-Type': isStream(body) ? 'application/x-tar' : 'application/json' };
}

function sendBody(request: ClientRequest, body: unknown): void {
  if (isStream(body)) {
    body.on('error', (error) => request.destroy(error));
    // Nothing is taken from it before there is somebody to take it: what is taken cannot be sent again.
    request.on('socket', (socket) => {
      if (socket.connecting) socket.once('connect', () => body.pipe(request));
      else body.pipe(request);
    });
  } else if (body === undefined) request.end();
  else {
    const text = JSON.stringify(body);
    request.setHeader('Content-Length', Buffer.byteLength(text));
    request.end(text);
  }
}

/** What is false, empty or not there is left out, as Docker's client does. */
function queryText(query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    const values = Array.isArray(value) ? (value as readonly string[]) : [value];
    for (const one of values)
      if (one !== undefined && one !== false && one !== '') parameters.append(name, one === true ? '1' : String(one));
  }
  const text = parameters.toString();
  return text && `?${text}`;
}
