/** Who we are at a registry, as the engine takes it: base64url of JSON in X-Registry-Auth; an empty object is nobody. */
import { dockerConfig } from '../../registry/docker-config.ts';

/** For the registry of a name; `docker.io` is the hub. */
export async function registryAuth(registry: string): Promise<Record<string, string>> {
  const known = await dockerConfig().credential(registry);
  const serveraddress = registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
  const words =
    known === undefined
      ? {}
      : 'identityToken' in known
        ? { username: known.username, identitytoken: known.identityToken, serveraddress }
        : { username: known.username, password: known.password, serveraddress };
  return { 'X-Registry-Auth': Buffer.from(JSON.stringify(words)).toString('base64url') };
}
