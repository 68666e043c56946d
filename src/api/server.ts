/**
 * The server: node:http with our own router (book/decisions/0042-node-http.md).
 *
 * Node gives requests that ask for an upgrade to another event than ordinary ones, with the bare socket in place of a
 * response. Some ask without meaning it (`curl --http2` offers an upgrade with every request), so only a handler that
 * hijacks decides; for all others a response is put on the socket, and everything goes on as for ordinary requests.
 */
import { createServer as createHttpServer, ServerResponse, type IncomingMessage, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Engine } from '../engine/engine.ts';
import { admit, type Entrance } from './admit.ts';
import { API_VERSION, type Route } from './api.ts';
import { bodyOnSocket, bytesOf } from './body.ts';
import { Call, type Surroundings } from './call.ts';
import { bodyOf, statusOf } from './failure.ts';
import { isUpgrade } from './hijack.ts';
import { answerInTheMidst, isLeft, type Patience } from './linger.ts';
import { Query } from './query.ts';
import { empty, json } from './reply.ts';
import { Router } from './router.ts';
import type { ServerKeys } from './tls.ts';

export interface ApiOptions {
  readonly engine: Engine;
  readonly routes: readonly Route[];
  readonly surroundings: Surroundings;
  /** `Drydock/0.1.0 (linux)` */
  readonly name: string;
  /** Hears of each request. */
  readonly onRequest?: (what: string) => void;
  /** Hears of mistakes of ours: what became a 500. */
  readonly onError?: (error: unknown, what: string) => void;
  /** With those who still send when they have been told no. */
  readonly patience?: Patience;
}

/** Answers requests on as many sockets as there are. */
export class Api {
  private readonly router: Router;
  /** When somebody last asked for something, or had an answer; of performance.now, which no clock that is set changes. */
  lastAsked = performance.now();
  /** Requests that have no answer yet. */
  private atWork = 0;
  /** How many answers are still to go out, of the connections that have any. */
  private readonly owed = new WeakMap<Socket, number>();

  constructor(private readonly options: ApiOptions) {
    this.router = new Router(options.routes);
  }

  /** Whether nobody waits for anything. */
  get isIdle(): boolean {
    return this.atWork === 0;
  }

  /** A server for one socket; the caller lets it listen. */
  server(entrance: Entrance, keys?: ServerKeys): Server {
    // A container may say nothing for a year, and a layer may take an hour to arrive.
    const settings = { requestTimeout: 0, headersTimeout: 60_000, keepAliveTimeout: 300_000 };
    // A client's end of its half is not the end of ours (hijack.ts). Of node:http that is so; a TLS socket has to be told.
    const server = keys ? createHttpsServer({ ...settings, ...keys, allowHalfOpen: true }) : createHttpServer(settings);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (isLeft(request)) return;
      this.owe(request.socket, response);
      void this.answer(entrance, request, response, bytesOf(request));
    });
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      if (isLeft(request)) return;
      // The connection cannot be handed over while an earlier answer is to go out on it. No client asks for that.
      if (this.owed.has(socket)) return void socket.destroy();
      socket.setTimeout(0);
      if (head.length > 0) socket.unshift(head);
      void this.answer(entrance, request, responseOn(socket, request), bodyOnSocket(request, socket));
    });
    return server;
  }

  private owe(socket: Socket, response: ServerResponse): void {
    this.owed.set(socket, (this.owed.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = this.owed.get(socket)! - 1;
      if (left > 0) this.owed.set(socket, left);
      else this.owed.delete(socket);
    });
  }

  /** Never throws: what goes wrong is the answer. */
  private async answer(
    entrance: Entrance,
    request: IncomingMessage,
    response: ServerResponse,
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const leaving = new AbortController();
    response.once('close', () => leaving.abort());
    response.on('error', () => undefined); // a client that resets is gone, and `close` says so
    this.introduce(response);
    this.atWork++;
    this.options.onRequest?.(`${request.method} ${request.url}`);
    try {
      const { path, query, version } = admit(request, entrance);
      const { route, params } = this.router.find(request.method ?? 'GET', path);
      const call = new Call({
        ...{ request, params, version, bytes, gone: leaving.signal },
        query: new Query(query),
        surroundings: this.options.surroundings,
      });
      const reply = await route.handle(call, this.options.engine);
      await reply(response, request);
    } catch (error) {
      if (!leaving.signal.aborted) await this.fail(error, request, response);
    } finally {
      this.atWork--;
      this.lastAsked = performance.now();
    }
  }

  private introduce(response: ServerResponse): void {
    response.setHeader('Api-Version', API_VERSION);
    response.setHeader('Docker-Experimental', String(this.options.surroundings.isExperimental ?? false));
    response.setHeader('Ostype', 'linux');
    response.setHeader('Server', this.options.name);
  }

  private async fail(error: unknown, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const status = statusOf(error);
    if (status === 500) this.options.onError?.(error, `${request.method} ${request.url}`);
    // A stream that breaks in the middle ends without its end: that is how the client sees it.
    if (response.headersSent || (isUpgrade(request) && request.socket.bytesWritten > 0)) return void response.destroy();
    // What was not read of the body would be taken for the next request.
    response.shouldKeepAlive &&= request.complete;
    if (status === 304) await empty(304)(response, request);
    else if (request.complete || isUpgrade(request)) await json(bodyOf(error), status)(response, request);
    else await answerInTheMidst(bodyOf(error), status, request, response, this.options.patience);
  }
}

/** For whoever asked for an upgrade and gets an ordinary answer. */
function responseOn(socket: Socket, request: IncomingMessage): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => socket.end());
  return response;
}
