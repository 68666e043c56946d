/**
 * From a challenge to a token: the registry has no passwords, it names a server that has, and believes what that server
 * has signed (distribution's token specification; the scopes are in its "scope" document).
 *
 *     registry   401 Bearer realm=R, service=S, scope=X
 *     we         GET R?service=S&scope=X           with our name and password, if we have one
 *     R          { "token": "…", "expires_in": 300 }
 *
 * A token is for what its scopes say and for nothing else, and it ends soon: one that is stolen is worth little. Without a name we ask
 * all the same; public repositories need a token, too.
 */
import type { Challenge } from './challenge.ts';
import type { Credential } from './registry.ts';
import { DrydockError } from '../errors.ts';

/** What to ask the token server. */
export interface TokenRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Token {
  readonly text: string;
  /** Milliseconds from now on. */
  readonly lifetime: number;
  /** For the next login instead of the password. */
  readonly identityToken?: string;
}

/** Who we say that we are: token servers keep it in their logs. */
const CLIENT = 'drydock';
/** The specification's own default, and the least that it allows. */
const SHORTEST_LIFE_S = 60;

/**
 * What to ask for a token with these scopes. A password goes into a header, an identity token into the body: neither
 * into the URL, which ends up in logs. Throws REGISTRY if the challenge names no server.
 */
export function tokenRequest(challenge: Challenge, scopes: readonly string[], credential?: Credential): TokenRequest {
  const { realm = '', service } = challenge.parameters;
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  if (!url) throw new DrydockError('REGISTRY', `the registry names no token server: realm is '${realm}'`);
  if (credential && 'identityToken' in credential) {
    const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: credential.identityToken });
    form.append('client_id', CLIENT);
    if (service) form.append('service', service);
    if (scopes.length > 0) form.append('scope', scopes.join(' '));
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { method: 'POST', url, headers, body: form.toString() };
  }
  if (service) url.searchParams.append('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  if (!credential) return { method: 'GET', url, headers: {} };
  url.searchParams.append('account', credential.username);
  return { method: 'GET', url, headers: { authorization: basic(credential) } };
}

/** The header of basic authentication (RFC 7617). */
export function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** What the token server has answered. Throws REGISTRY if there is no token in it. */
export function parseToken(text: string, url: URL): Token {
  const answer = objectIn(text);
  const token = answer.token || answer.access_token;
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))
    throw new DrydockError('REGISTRY', `${url.origin}${url.pathname} answers without a token`);
  const { expires_in: seconds, refresh_token: identityToken } = answer;
  return {
    text: token,
    lifetime: Math.max(typeof seconds === 'number' ? seconds : 0, SHORTEST_LIFE_S) * 1000,
    ...(typeof identityToken === 'string' && identityToken !== '' && { identityToken }),
  };
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // which has no token in it, and that is said
  }
}

/** `repository:library/busybox:pull`: what a token is for. */
export function repositoryScope(path: string, ...actions: ('pull' | 'push')[]): string {
  return `repository:${path}:${actions.join(',')}`;
}
