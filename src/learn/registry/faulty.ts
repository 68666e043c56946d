/**
 * A registry that lies, redirects and stalls: it stands in front of a real one, hands on what it is asked, and spoils the
 * answers that it is told to spoil.
 *
 * Beside it stands elsewhere: another server, to which it sends whom it redirects. Both keep what was said to them, above
 * all who said that he was who.
 */
import { createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What is wrong with one answer. Offsets are into its body. */
export type Fault =
  | { readonly kind: 'cut' | 'stall'; readonly after: number }
  /** One bit is another one. */
  | { readonly kind: 'flip'; readonly at: number }
  /** Bytes are missing from the end, and the length says so; or some are added. */
  | { readonly kind: 'shorter' | 'longer'; readonly by: number }
  /** Nothing says how long it is, and it does not end where it should. */
  | { readonly kind: 'endless' }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string; readonly challenge?: string }
  /** To elsewhere, to itself again and again, or from TLS into the clear. */
  | { readonly kind: 'redirect'; readonly to: 'elsewhere' | 'itself' }
  /** The header, and not the bytes. */
  | { readonly kind: 'digest'; readonly digest: string }
  /** Ranges are ignored, or another one is answered. */
  | { readonly kind: 'range'; readonly how: 'ignored' | 'other' };

export interface Heard {
  readonly where: 'registry' | 'elsewhere';
  readonly method: string;
  readonly path: string;
  readonly authorization?: string;
  readonly range?: string;
  readonly fault?: Fault;
}

export interface FaultyRegistry {
  readonly host: string;
  readonly elsewhere: string;
  /** Asked for each request to the registry; what it answers is done. */
  plan: (request: {
    readonly method: string;
    readonly path: string;
    readonly authorization?: string;
  }) => Fault | undefined;
  readonly heard: readonly Heard[];
  stop(): Promise<void>;
}

/** Stands in front of `behind` (`127.0.0.1:5000`). */
export async function startFaulty(behind: string): Promise<FaultyRegistry> {
  const heard: Heard[] = [];
  // Where something lies is let in by a key in its address, in the world outside; here by what was said last to the registry.
  let key: string | undefined;
  const elsewhere = await listen((request, response) => {
    heard.push(heardIn(request, 'elsewhere'));
    if (key !== undefined) request.headers.authorization ??= key;
    void handOn(behind, request, response, undefined, undefined);
  });
  const registry = await listen((request, response) => {
    const { method = 'GET', url = '/', headers } = request;
    const { authorization } = headers;
    key = authorization;
    const fault = faulty.plan({ method, path: url, authorization });
    heard.push({ ...heardIn(request, 'registry'), fault });
    void handOn(behind, request, response, fault, faulty);
  });
  const faulty: FaultyRegistry = {
    host: hostOf(registry),
    elsewhere: hostOf(elsewhere),
    plan: () => undefined,
    heard,
    async stop() {
      await Promise.all(
        [registry, elsewhere].map(
          (server) =>
            new Promise((done) => {
              server.close(done);
              server.closeAllConnections();
            }),
        ),
      );
    },
  };
  return faulty;
}

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function hostOf(server: Server): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function heardIn({ method = 'GET', url = '/', headers }: IncomingMessage, where: Heard['where']): Heard {
  const { authorization, range } = headers;
  return { where, method, path: url.replace(/\?.*/, ''), authorization, range };
}

/** Asks the real one, and answers with what it says, or with what is left of that. */
async function handOn(
  behind: string,
  request: IncomingMessage,
  response: ServerResponse,
  fault: Fault | undefined,
  own: Pick<FaultyRegistry, 'host' | 'elsewhere'> | undefined,
): Promise<void> {
  response.on('error', () => undefined); // whoever asked has gone
  if (fault?.kind === 'status') return refuse(request, response, fault);
  if (fault?.kind === 'redirect' && own) {
    response.writeHead(307, { location: `http://${fault.to === 'itself' ? own.host : own.elsewhere}${request.url}` });
    request.resume();
    response.end();
    return;
  }
  try {
    const answer = await forward(behind, request, fault, own?.host);
    const body = await whole(answer);
    // Addresses in it are the real one's own: the next request comes here again.
    const headers = own ? withHost(answer.headers, behind, own.host) : answer.headers;
    spoil(answer.statusCode ?? 502, headers, body, response, fault);
  } catch {
    response.destroy(); // the real one has gone, or whoever asked
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, fault: Fault & { kind: 'status' }): void {
  const { status, retryAfter, challenge } = fault;
  request.resume();
  response.writeHead(status, {
    ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
    ...(challenge !== undefined && { 'www-authenticate': challenge }),
  });
  response.end(JSON.stringify({ errors: [{ code: 'FAULT', message: 'as it was told to' }] }));
}

function forward(
  behind: string,
  request: IncomingMessage,
  fault: Fault | undefined,
  host?: string,
): Promise<IncomingMessage> {
  const { range, ...others } = request.headers;
  const wanted =
    fault?.kind === 'range'
      ? fault.how === 'other' && range
        ? { range: 'bytes=1-' }
        : {}
      : { ...(range && { range }) };
  // Without a host of its own it is elsewhere: what is sent there has no name to it, and the real one lets it in by ours.
  const headers = { ...others, ...wanted, host: host ?? behind };
  return new Promise((resolve, reject) => {
    const onward = ask(`http://${behind}${request.url}`, { method: request.method, headers }, resolve);
    onward.on('error', reject);
    request.on('error', reject);
    request.pipe(onward);
  });
}

async function whole(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function withHost(headers: IncomingMessage['headers'], from: string, to: string): IncomingMessage['headers'] {
  const { location } = headers;
  return location === undefined ? headers : { ...headers, location: location.replace(from, to) };
}

function spoil(
  status: number,
  headers: IncomingMessage['headers'],
  body: Buffer,
  response: ServerResponse,
  fault: Fault | undefined,
): void {
  const say = (changed: Record<string, string | undefined>): void => {
    const entries = Object.entries({ ...headers, ...changed }).filter(([, value]) => value !== undefined);
    response.writeHead(status, Object.fromEntries(entries) as Record<string, string>);
  };
  switch (fault?.kind) {
    case 'cut':
    case 'stall':
      say({});
      response.flushHeaders();
      response.write(body.subarray(0, fault.after), () => {
        if (fault.kind === 'cut') setImmediate(() => response.socket?.resetAndDestroy());
      });
      return;
    case 'flip': {
      const flipped = Buffer.from(body);
      if (flipped.length > 0) flipped[fault.at % flipped.length]! ^= 1;
      say({});
      response.end(flipped);
      return;
    }
    case 'shorter':
    case 'longer': {
      const changed =
        fault.kind === 'shorter'
          ? body.subarray(0, Math.max(0, body.length - fault.by))
          : Buffer.concat([body, Buffer.alloc(fault.by)]);
      say({ 'content-length': String(changed.length) });
      response.end(changed);
      return;
    }
    case 'endless': {
      say({ 'content-length': undefined });
      const more = (): void => {
        if (response.destroyed) return;
        response.write(Buffer.alloc(64 * 1024), (error) => !error && setImmediate(more));
      };
      response.write(body, more);
      return;
    }
    case 'digest':
      say({ 'docker-content-digest': fault.digest });
      response.end(body);
      return;
    default:
      say({});
      response.end(body);
  }
}
