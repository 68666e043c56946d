/**
 * Where a server listens, as `-H` names it: `unix:///run/drydock/drydock.sock`, `tcp://127.0.0.1:2375`, `fd://`.
 *
 * A path of a unix socket ends at 107 bytes (unix(7)); a longer one would be cut off silently by some programs and refused
 * by others.
 */
import { isIP } from 'node:net';
import { DrydockError } from '../errors.ts';

export type Address =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** All sockets that the service manager has opened for us, or one of them by its number. */
  | { readonly kind: 'fd'; readonly number?: number };

const PLAIN_PORT = 2375;
const TLS_PORT = 2376;
const MAX_PATH = 107;

interface Defaults {
  /** For `unix://` alone. */
  readonly path: string;
  readonly isTls: boolean;
}

/** Throws BAD_USAGE. */
export function parseAddress(text: string, { path, isTls }: Defaults): Address {
  const [, scheme, rest = ''] = /^(\w+):\/\/(.*)$/.exec(text) ?? [];
  if (scheme === 'unix') return unix(text, rest || path);
  if (scheme === 'tcp') return tcp(text, rest, isTls ? TLS_PORT : PLAIN_PORT);
  if (scheme === 'fd' && /^\d*$/.test(rest)) return { kind: 'fd', ...(rest !== '' && { number: Number(rest) }) };
  throw wrong(text, 'it names no way to listen');
}

function unix(text: string, path: string): Address {
  if (!path.startsWith('/')) throw wrong(text, 'the path of a socket begins with a slash');
  if (Buffer.byteLength(path) > MAX_PATH) throw wrong(text, `the path of a socket has at most ${MAX_PATH} bytes`);
  return { kind: 'unix', path };
}

function tcp(text: string, rest: string, usual: number): Address {
  const url = `http://${rest.startsWith(':') ? `127.0.0.1${rest}` : rest}`;
  if (rest === '' || !URL.canParse(url)) throw wrong(text, 'an address and a port belong behind tcp://');
  const { hostname, port, pathname } = new URL(url);
  if (pathname !== '/') throw wrong(text, 'nothing belongs behind the port');
  // URL leaves 80 out, because it is what http means anyway.
  const isGiven = /:\d+$/.test(rest);
  return {
    kind: 'tcp',
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port !== '' ? Number(port) : isGiven ? 80 : usual,
  };
}

const wrong = (text: string, why: string): DrydockError =>
  new DrydockError('BAD_USAGE', `-H ${text}: ${why}`, {
    hint: 'unix:///PATH, tcp://ADDRESS:PORT, or fd:// for the sockets of a service manager',
  });

/** Whether only programs of this machine can connect. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

export function addressText(address: Address): string {
  if (address.kind === 'unix') return `unix://${address.path}`;
  if (address.kind === 'fd') return `fd://${address.number ?? ''}`;
  return `tcp://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}
