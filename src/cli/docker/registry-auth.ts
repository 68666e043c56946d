/** Who we are at a registry, as the engine takes it: base64url of JSON in X-Registry-Auth; an empty object is nobody. */
import { dockerConfig } from '../../registry/docker-config.ts';

/** For the registry of a name; `docker.io` is the hub. */
export async function registryAuth(registry: string): Promise<Record<string, string>> {
  return { 'X-Registry-Auth': Buffer.from(JSON.stringify(await authOf(registry))).toString('base64url') };
}

/** For a build, which may ask several: all that we know, by their address. */
export async function registryConfig(): Promise<Record<string, string>> {
  const all = await Promise.all((await dockerConfig().registries()).map(authOf));
  const byAddress = Object.fromEntries(all.map((auth) => [auth.serveraddress, auth]));
  return { 'X-Registry-Config': Buffer.from(JSON.stringify(byAddress)).toString('base64url') };
}

interface Auth {
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly serveraddress?: string;
}

async function authOf(registry: string): Promise<Auth> {
  const known = await dockerConfig().credential(registry);
  const serveraddress = registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
  return known === undefined
    ? {}
    : 'identityToken' in known
      ? { username: known.username, identitytoken: known.identityToken, serveraddress }
      : { username: known.username, password: known.password, serveraddress };
}
