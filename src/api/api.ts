/**
 * The Docker Engine HTTP API, versions 1.24 to 1.41: how clients speak to the engine.
 *
 *     bytes ──▶ admit ──▶ router ──▶ handler ──▶ reply ──▶ bytes
 *               (host,    (path to   (a Call     (a value, a stream of lines,
 *               origin,   a route)    in)        a hijacked connection …)
 *               version)
 *
 * The words. A **route** is a method and a path with a handler; each resource has a file of them (`resources/`). A **call**
 * is one request as a handler sees it: path, query and body, checked. A **reply** is what a handler gives back: a function
 * that writes the answer, so that what is written is decided in one place for each kind of answer (reply.ts).
 *
 * Invariants:
 *
 *  1. Nothing reaches a handler that admit.ts has not let in. Node hands requests that ask for an upgrade past everything
 *     that looks at ordinary ones, so both go through the same function (server.ts).
 *  2. A handler sees a body once, bounded and checked, and nobody else reads another one (CVE-2024-41110).
 *  3. An operation of the engine that throws becomes a status and a message in one place (failure.ts). After the first
 *     byte of a stream it becomes the last line of it.
 *  4. A client that is gone ends its streams: `call.gone` is aborted, and whoever produces for it listens to that.
 *
 * Docker Engine API reference, 1.41; what clients really send is in the tests with the real `docker` (test/clients/).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Engine } from '../engine/engine.ts';
import type { Call } from './call.ts';

/** The newest version that we speak, and the oldest. */
export const API_VERSION = '1.41';
export const MIN_API_VERSION = '1.24';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS';

export interface Route {
  readonly method: Method;
  /** `/containers/{name}/json`; `{name...}` may have slashes in it, as names of images have. */
  readonly path: string;
  readonly handle: Handler;
}

export type Handler = (call: Call, engine: Engine) => Reply | Promise<Reply>;

/** Writes an answer. What it throws before the first byte becomes an error answer. */
export type Reply = (response: ServerResponse, request: IncomingMessage) => void | Promise<void>;

/** `route('GET /images/{name...}/json', …)` */
export function route(pattern: `${Method} /${string}`, handle: Handler): Route {
  const [method, path] = pattern.split(' ') as [Method, string];
  return { method, path, handle };
}
