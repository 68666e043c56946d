/**
 * A token server: it has the passwords, and signs what a registry then believes (distribution's token specification).
 *
 * It knows one person, lets everybody read what is named public, and keeps what it was asked, so that one can see what
 * was said to it and what was not.
 */
import { spawnSync } from 'node:child_process';
import { createSign, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DrydockError } from '../../errors.ts';

export interface TokenServerSetup {
  /** PEM: with what it signs, and who it is. */
  readonly key: string;
  readonly certificate: string;
  readonly username: string;
  readonly password: string;
  /** Repositories that nobody needs a name for. */
  readonly isPublic?: (repository: string) => boolean;
  /** Seconds. */
  readonly lifetime?: number;
}

/** One question, with what was said about who asks. */
export interface Asked {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly authorization?: string;
  readonly granted: boolean;
}

export interface TokenServer {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  readonly asked: readonly Asked[];
  stop(): Promise<void>;
}

const SERVICE = 'drydock-registry';
const ISSUER = 'drydock-tokens';
/** Its one identity token. */
export const IDENTITY_TOKEN = 'identity-of-the-one';

export async function startTokenServer(setup: TokenServerSetup): Promise<TokenServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void answer(setup, request, response).then((question) => asked.push(question));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    realm: `http://127.0.0.1:${port}/token`,
    service: SERVICE,
    issuer: ISSUER,
    asked,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(setup: TokenServerSetup, request: IncomingMessage, response: ServerResponse): Promise<Asked> {
  const { method = 'GET', headers } = request;
  const query =
    method === 'POST' ? new URLSearchParams(await text(request)) : new URL(request.url!, 'http://x').searchParams;
  const { authorization } = headers;
  const isKnown =
    authorization === `Basic ${Buffer.from(`${setup.username}:${setup.password}`).toString('base64')}` ||
    query.get('refresh_token') === IDENTITY_TOKEN;
  const isSomebody = authorization !== undefined || query.has('refresh_token');
  const granted = isKnown || !isSomebody;
  if (granted) {
    const token = sign(setup, isKnown ? setup.username : '', accessFor(setup, query, isKnown));
    const identity = query.get('offline_token') === 'true' && isKnown ? { refresh_token: IDENTITY_TOKEN } : {};
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ token, expires_in: setup.lifetime ?? 300, ...identity }));
  } else {
    response.statusCode = 401;
    response.end(JSON.stringify({ details: 'incorrect username or password' }));
  }
  return { method, query, authorization, granted };
}

function accessFor(setup: TokenServerSetup, query: URLSearchParams, isKnown: boolean): object[] {
  const scopes = query.getAll('scope').flatMap((scope) => scope.split(' '));
  return scopes.map((scope) => {
    const [, type = '', name = '', actions = ''] = /^([^:]*):(.*):([^:]*)$/.exec(scope) ?? [];
    const isReadable = setup.isPublic?.(name) ?? false;
    const allowed = actions.split(',').filter((action) => isKnown || (isReadable && action === 'pull'));
    return { type, name, actions: allowed };
  });
}

/** A JSON web token (RFC 7519) with the certificate in its head. */
function sign({ key, certificate, lifetime = 300 }: TokenServerSetup, subject: string, access: object[]): string {
  const der = readFileSync(certificate, 'utf8').replace(/-----[A-Z ]+-----|\s/g, '');
  const now = Math.floor(Date.now() / 1000);
  const head = { typ: 'JWT', alg: 'RS256', x5c: [der] };
  const claims = {
    iss: ISSUER,
    sub: subject,
    aud: SERVICE,
    exp: now + lifetime,
    nbf: now - 10,
    iat: now,
    jti: randomBytes(8).toString('hex'),
    access,
  };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part(head)}.${part(claims)}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(readFileSync(key)).toString('base64url')}`;
}

async function text(request: IncomingMessage): Promise<string> {
  let all = '';
  for await (const chunk of request) all += String(chunk);
  return all;
}

/** A key in this folder, and a certificate that vouches for itself: the registry is told to believe it. */
export function signerIn(folder: string): { key: string; certificate: string } {
  const [key, certificate] = ['key', 'crt'].map((end) => join(folder, `tokens.${end}`)) as [string, string];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=tokens'];
  const { status, error } = spawnSync('openssl', [...args, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  if (status === 0) return { key, certificate };
  throw new DrydockError('UNSUPPORTED', `openssl cannot make a key: ${error?.message ?? `exit code ${status}`}`, {
    hint: 'apt-get install openssl',
  });
}
