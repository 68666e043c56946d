/**
 * Where the engine is, and how to get there: `-H`, DRYDOCK_HOST and DOCKER_HOST name it, in this order.
 *
 *     unix:///run/drydock/drydock.sock      a socket of this machine; so it is when nobody names one
 *     tcp://192.0.2.7:2376                  another machine; TLS with --tls, --tlsverify, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH
 *     tcp://192.0.2.7, 192.0.2.7:2375       2375 without TLS, 2376 with it
 *
 * `--tls` talks in secret with whoever answers; `--tlsverify` (and any given `--tlscacert`) also asks who that is. The
 * files are read when they are needed first.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';

export interface Endpoint {
  /** As a person wrote it, for messages. */
  readonly address: string;
  /** What node:http takes to get there. */
  readonly target: { readonly socketPath: string } | { readonly host: string; readonly port: number };
  readonly tls?: TlsFiles;
}

export interface TlsFiles {
  readonly verify: boolean;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** What the command line says about TLS; what it leaves out is the environment's, then Docker's folder. */
export interface TlsWishes {
  readonly tls?: boolean;
  readonly tlsverify?: boolean;
  readonly tlscacert?: string;
  readonly tlscert?: string;
  readonly tlskey?: string;
}

/** The socket of an engine that nobody has named. */
export function defaultSocket(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.DRYDOCK_RUN || '/run/drydock', 'drydock.sock');
}

/** Whether somebody has said where the engine is. If nobody has, the engine is ours to start. */
export function namedAddress(host: string | undefined, env: NodeJS.ProcessEnv = process.env): string | undefined {
  return host || env.DRYDOCK_HOST || env.DOCKER_HOST || undefined;
}

/** Throws BAD_USAGE for an address that no engine can have. */
export function endpointOf(
  host: string | undefined,
  wishes: TlsWishes = {},
  env: NodeJS.ProcessEnv = process.env,
): Endpoint {
  const address = namedAddress(host, env) ?? `unix://${defaultSocket(env)}`;
  const [, scheme = 'tcp', rest = ''] = /^(?:(\w+):\/\/)?(.*)$/s.exec(address)!;
  const tls = scheme === 'https' ? (tlsFiles(wishes, env) ?? filesIn(wishes, env, true)) : tlsFiles(wishes, env);
  if (scheme === 'unix') return { address, target: { socketPath: rest || '/var/run/docker.sock' }, tls };
  if (scheme !== 'tcp' && scheme !== 'http' && scheme !== 'https') throw unusable(address);
  return { address, target: { ...hostAndPort(rest, address, tls ? 2376 : 2375) }, tls };
}

function hostAndPort(text: string, address: string, usual: number): { host: string; port: number } {
  const [, inBrackets, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:/[\]]*))(?::(\d+))?\/?$/.exec(text) ?? [];
  const number = port === undefined ? usual : Number(port);
  if ((inBrackets ?? plain) === undefined || number < 1 || number > 65535) throw unusable(address);
  return { host: inBrackets ?? (plain || '127.0.0.1'), port: number };
}

function tlsFiles(wishes: TlsWishes, env: NodeJS.ProcessEnv): TlsFiles | undefined {
  const verify = (wishes.tlsverify ?? Boolean(env.DOCKER_TLS_VERIFY)) || Boolean(wishes.tlscacert);
  return verify || wishes.tls || wishes.tlscert || wishes.tlskey ? filesIn(wishes, env, verify) : undefined;
}

function filesIn(wishes: TlsWishes, env: NodeJS.ProcessEnv, verify: boolean): TlsFiles {
  const folder = env.DOCKER_CERT_PATH || env.DOCKER_CONFIG || join(homedir(), '.docker');
  return {
    verify,
    ca: wishes.tlscacert || join(folder, 'ca.pem'),
    cert: wishes.tlscert || join(folder, 'cert.pem'),
    key: wishes.tlskey || join(folder, 'key.pem'),
  };
}

/** The files' contents, as node:tls takes them. Without --tlsverify a missing client certificate is no fault. */
export function tlsOptions({ verify, ca, cert, key }: TlsFiles): Record<string, unknown> {
  const own = (path: string): Buffer | undefined => (verify ? needed(path) : wanted(path));
  return { rejectUnauthorized: verify, ca: verify ? needed(ca) : undefined, cert: own(cert), key: own(key) };
}

function needed(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new DrydockError('BAD_USAGE', `open ${path}: ${code === 'ENOENT' ? 'no such file or directory' : message}`, {
      hint: '--tlscacert, --tlscert and --tlskey name the files; DOCKER_CERT_PATH names a folder that has all three',
      cause,
    });
  }
}

function wanted(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function unusable(address: string): DrydockError {
  return new DrydockError('BAD_USAGE', `invalid bind address format: ${address}`, {
    hint: 'unix:///path/of/a.sock or tcp://host:port',
  });
}
