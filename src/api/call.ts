/** One request as a handler sees it. */
import type { IncomingMessage } from 'node:http';
import type * as v from 'valibot';
import type { RegistryOptions } from '../registry/registry.ts';
import { DrydockError } from '../errors.ts';
import { readJson } from './body.ts';
import { isUpgrade } from './hijack.ts';
import type { Query } from './query.ts';

/** What the server says about how the engine is set up, where a handler needs it. */
export interface Surroundings {
  /** How registries are reached: mirrors, insecure ones, proxies; whoever asks brings their own credentials. */
  readonly registry: Omit<RegistryOptions, 'credentials'>;
  /** What docker calls so may be asked for: it asks for nothing of the kind of an engine that says no. */
  readonly isExperimental?: boolean;
}

interface Parts {
  readonly request: IncomingMessage;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly version: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly gone: AbortSignal;
  readonly surroundings: Surroundings;
}

export class Call {
  readonly request: IncomingMessage;
  readonly query: Query;
  /** The API version that the client wants, `1.41`. */
  readonly version: string;
  /** Of the body, for archives. Read once. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Aborted when the client has gone before it had its answer. */
  readonly gone: AbortSignal;
  readonly surroundings: Surroundings;
  private readonly params: Readonly<Record<string, string>>;

  constructor(parts: Parts) {
    this.request = parts.request;
    this.params = parts.params;
    this.query = parts.query;
    this.version = parts.version;
    this.bytes = parts.bytes;
    this.gone = parts.gone;
    this.surroundings = parts.surroundings;
  }

  /** A name out of the path; the route has it. */
  param(name: string): string {
    return this.params[name]!;
  }

  get name(): string {
    return this.param('name');
  }

  /** The body. Throws API_INVALID, which names the field, where it is not as the schema has it or absent. */
  async json<S extends v.GenericSchema>(schema: S): Promise<v.InferOutput<S>> {
    const value = await this.jsonIfAny(schema);
    if (value !== undefined) return value;
    throw new DrydockError('API_INVALID', `${this.request.method} ${this.request.url?.split('?')[0]} has no body`, {
      hint: 'it has to be a JSON object',
    });
  }

  jsonIfAny<S extends v.GenericSchema>(schema: S): Promise<v.InferOutput<S> | undefined> {
    return readJson(this.request, this.bytes, schema);
  }

  /**
   * Reads past a body that belongs to the request, so that it is not taken for what comes behind it on the connection:
   * dockerode says its query once more as JSON, and that is nothing for the program.
   */
  async passBody(): Promise<void> {
    if (!isUpgrade(this.request) && !/^application\/json\b/i.test(this.header('content-type') ?? '')) return;
    for await (const _ of this.bytes);
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name.toLowerCase()];
    return Array.isArray(value) ? value[0] : value;
  }
}
