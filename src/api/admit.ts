/**
 * The pre-router: who is let in at all, for ordinary and for upgraded requests alike.
 *
 * On a unix socket the file's mode has decided already, and behind a client certificate the certificate has. What is left
 * is TCP on this machine without TLS: every page in a browser here can send requests to it. A page cannot choose the
 * Host that the browser sends, which is how a name that was made to point at us shows (DNS rebinding), and it cannot
 * leave out Origin where it matters. So there a request has to name this socket as its host, and either no origin or
 * the same.
 *
 * Forms are the one kind of body that a page may send to strangers unasked; no client of this API sends one.
 */
import type { IncomingMessage } from 'node:http';
import { DrydockError } from '../errors.ts';
import { API_VERSION, MIN_API_VERSION } from './api.ts';

/** A socket, as far as it matters for who may speak. */
export interface Entrance {
  /** Whoever can connect is somebody who may: a unix socket with a mode, or TLS with client certificates. */
  readonly isGuarded: boolean;
}

export interface Admitted {
  /** Without the version. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** As the client wants it: `1.41`. */
  readonly version: string;
}

/** Throws API_FORBIDDEN, or API_INVALID for a version that we do not speak. */
export function admit(request: IncomingMessage, entrance: Entrance): Admitted {
  if (!entrance.isGuarded) refuseStrangers(request);
  refuseForms(request);
  const [path = '/', query = ''] = splitOnce(request.url ?? '/', '?');
  const [, version, rest] = /^\/v(\d+\.\d+)(\/.*)?$/.exec(path) ?? [];
  if (version !== undefined) checkVersion(version);
  return { path: rest ?? path, query: new URLSearchParams(query), version: version ?? API_VERSION };
}

function refuseStrangers({ headers, socket }: IncomingMessage): void {
  const port = socket.localPort;
  const names = ['localhost', '127.0.0.1', '[::1]'].map((name) => `${name}:${port}`);
  const host = headers.host ?? '';
  if (!names.includes(host)) throw forbidden(`the Host ${JSON.stringify(host)} is not this engine's`, names.join(', '));
  const { origin } = headers;
  if (origin !== undefined && origin !== `http://${host}`)
    throw forbidden(`pages of ${JSON.stringify(origin)} may not speak to this engine`, `http://${host}`);
  if (headers['sec-fetch-site'] === 'cross-site')
    throw forbidden('pages of other sites may not speak to this engine', 'a request that no other site has caused');
}

const forbidden = (message: string, right: string): DrydockError =>
  new DrydockError('API_FORBIDDEN', message, { hint: `accepted: ${right}` });

function refuseForms({ headers, method }: IncomingMessage): void {
  const type = headers['content-type'] ?? '';
  if (!/^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type)) return;
  throw new DrydockError('API_FORBIDDEN', `${method} with a form (Content-Type ${type})`, {
    hint: 'send application/json, or an archive as application/x-tar',
  });
}

function checkVersion(version: string): void {
  if (isOlder(version, MIN_API_VERSION))
    throw wrongVersion(version, 'old', `Minimum supported API version is ${MIN_API_VERSION}`);
  if (isOlder(API_VERSION, version))
    throw wrongVersion(version, 'new', `Maximum supported API version is ${API_VERSION}`);
}

function wrongVersion(version: string, how: 'old' | 'new', limit: string): DrydockError {
  const advice = how === 'old' ? 'upgrade your client to a newer version' : 'downgrade your client to an older version';
  return new DrydockError('API_INVALID', `client version ${version} is too ${how}. ${limit}, please ${advice}`, {
    hint: `the engine speaks ${MIN_API_VERSION} to ${API_VERSION}; DOCKER_API_VERSION chooses one`,
  });
}

/** Whether one version comes before another: 1.9 before 1.24. */
export function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [thanMajor = 0, thanMinor = 0] = than.split('.').map(Number);
  return major < thanMajor || (major === thanMajor && minor < thanMinor);
}

function splitOnce(text: string, at: string): [string, string?] {
  const cut = text.indexOf(at);
  return cut < 0 ? [text] : [text.slice(0, cut), text.slice(cut + 1)];
}
