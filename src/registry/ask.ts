/** A request before it is sent, its answer, and how both are named in errors. */
import type { Readable } from 'node:stream';
import { RegistryError } from './failure.ts';

export interface Ask {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the server's origin, or an address that it gave us. */
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Made anew for each attempt: a stream is gone after the first. */
  readonly body?: () => Buffer | string | Readable | Promise<Readable>;
  /** What a token has to be good for. */
  readonly scopes?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly url: URL;
  readonly body: Readable;
  header(name: string): string | undefined;
}

/** `GET https://registry.example/v2/`: without the query, which may hold a signature that is as good as a password. */
export function nameOf({ method, url }: Pick<Ask, 'method' | 'url'>): string {
  return `${method} ${url.origin}${url.pathname}`;
}

/** An error about a request. */
export function told(ask: Pick<Ask, 'method' | 'url'>, what: string, status?: number): RegistryError {
  return new RegistryError('REGISTRY', `${nameOf(ask)}: ${what}`, { status });
}
