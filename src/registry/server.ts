/**
 * The first contact with a server: over TLS, or, where it is allowed and TLS is not spoken there, in the clear.
 *
 * TLS is tried first. A server that does not speak it answers our greeting with an error, and has learned nothing; a
 * wrong certificate is no such answer, and never a reason to go on without.
 */
import { discard } from './body.ts';
import { dockerConfig } from './docker-config.ts';
import type { Endpoint } from './endpoint.ts';
import { isNoTls, lineFailure } from './failure.ts';
import type { RegistryOptions } from './registry.ts';
import { Server } from './send.ts';
import { Transport } from './transport.ts';

/** One server, and the lines to it. */
export interface Connection {
  readonly endpoint: Endpoint;
  /** Makes sure how it is spoken to, once. Throws Passing when that cannot be known now. */
  server(): Promise<Server>;
  close(): Promise<void>;
}

export function connect(endpoint: Endpoint, options: RegistryOptions): Connection {
  const transport = new Transport(options, ({ host }) => endpoint.isCertificateChecked || host !== endpoint.url.host);
  const credentials = options.credentials ?? ((registry) => dockerConfig().credential(registry));
  const serverAt = (url: URL): Server =>
    new Server({ ...endpoint, url }, transport, options, () => credentials(endpoint.registry));
  let known: Promise<Server> | undefined;
  const find = async (): Promise<Server> => {
    const isPlain =
      endpoint.mayBePlain && endpoint.url.protocol === 'https:' && (await isPlainHttp(endpoint.url, transport));
    return serverAt(isPlain ? new URL(endpoint.url.href.replace('https:', 'http:')) : endpoint.url);
  };
  return {
    endpoint,
    server: () => {
      known ??= find().catch((error: unknown) => {
        known = undefined; // what could not be known now may be known later
        throw error;
      });
      return known;
    },
    close: () => transport.close(),
  };
}

/** Whether somebody at this address answers a greeting of TLS as one does who has never heard of it. */
async function isPlainHttp(url: URL, transport: Transport): Promise<boolean> {
  const ping = new URL('/v2/', url);
  try {
    const { body } = await transport.request(ping, { method: 'GET' });
    await discard(body);
    return false;
  } catch (error) {
    if (isNoTls((error as NodeJS.ErrnoException).code ?? '')) return true;
    throw lineFailure(error, `GET ${ping.href}`);
  }
}
