/**
 * Who a client is at a registry: it sends that with each request that needs it, in a header. The engine keeps none of it,
 * and takes nothing from the home of whoever started it.
 */
import { DrydockError } from '../errors.ts';
import type { Credential, CredentialSource } from '../registry/registry.ts';
import * as v from 'valibot';
import { validate } from '../validation.ts';
import type { Call } from './call.ts';

const text = v.optional(v.string());
/** `POST /auth`, and the header `X-Registry-Auth`. */
export const authSchema = v.looseObject({
  username: text,
  password: text,
  /** Some clients send both in one: base64 of `name:password`. */
  auth: text,
  serveraddress: text,
  identitytoken: text,
});
export type Auth = v.InferOutput<typeof authSchema>;

const complaint = { code: 'API_INVALID', hint: 'it is base64url of {"username":…,"password":…}' } as const;

/** For one registry alone: a mirror is somebody else. Throws API_INVALID for a header that is no such thing. */
export function credentialsFor(call: Call, domain: string): CredentialSource {
  const header = call.header('X-Registry-Auth');
  const credential =
    header === undefined
      ? undefined
      : credentialIn(validate(authSchema, decoded(header, 'X-Registry-Auth'), 'X-Registry-Auth', complaint));
  return (registry) => Promise.resolve(registry === domain ? credential : undefined);
}

export function credentialIn({ username, password, auth, identitytoken }: Auth): Credential | undefined {
  if (identitytoken) return { identityToken: identitytoken, ...(username && { username }) };
  const [name, word] = auth ? split(Buffer.from(auth, 'base64').toString()) : [username, password];
  return name ? { username: name, password: word ?? '' } : undefined;
}

/** `https://index.docker.io/v1/`, as Docker calls its hub, is `docker.io`. */
export function registryNamed(address = ''): string {
  const host = address.replace(/^https?:\/\//, '').split('/', 1)[0]!;
  return host === '' || host === 'index.docker.io' ? 'docker.io' : host;
}

function split(text: string): [string, string] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}

/** Both alphabets of base64 are about; Buffer reads both. */
function decoded(header: string, name: string): unknown {
  try {
    return JSON.parse(Buffer.from(header, 'base64').toString());
  } catch (cause) {
    throw new DrydockError('API_INVALID', `${name} is not base64 of JSON`, { cause, hint: complaint.hint });
  }
}

const all = v.record(v.string(), authSchema);

/** Of a build, which may fetch from several registries: `X-Registry-Config` has them by their address. */
export function credentialsForAll(call: Call): CredentialSource {
  const header = call.header('X-Registry-Config');
  const known =
    header === undefined ? {} : validate(all, decoded(header, 'X-Registry-Config'), 'X-Registry-Config', complaint);
  const byName = new Map(Object.entries(known).map(([address, auth]) => [registryNamed(address), auth]));
  return (registry) => {
    const auth = byName.get(registry);
    return Promise.resolve(auth && credentialIn(auth));
  };
}
