/**
 * Logging in: a name and a password are tried before they are kept, so that what is kept works.
 *
 * A token server may give an identity token for them; then that is kept, and the password nowhere. `logout` forgets; the
 * registry hears nothing of it.
 */
import { discard } from './body.ts';
import { dockerConfig, type DockerConfig } from './docker-config.ts';
import { endpointOf } from './endpoint.ts';
import { RegistryError } from './failure.ts';
import { refusal } from './refusal.ts';
import type { Credential, RegistryOptions } from './registry.ts';
import { retrying } from './retry.ts';
import { connect } from './server.ts';
import type { Ask } from './ask.ts';

export interface LoggedIn {
  /** The file or the helper that has it now. */
  readonly where: string;
  /** Anybody who can read the file can read the password. */
  readonly isPlain: boolean;
}

/** Tries the credential at `/v2/` and keeps it. Throws UNAUTHORIZED if the registry does not know it. */
export async function login(
  registry: string,
  credential: Credential,
  options: RegistryOptions = {},
  config: DockerConfig = dockerConfig(),
): Promise<LoggedIn> {
  const connection = connect(endpointOf(registry, options.insecure), {
    ...options,
    credentials: async () => credential,
  });
  try {
    const identityToken = await retrying(options, undefined, async () => {
      const server = await connection.server();
      server.authorizer.wantsIdentityToken = true;
      const ask: Ask = { method: 'GET', url: server.at('/v2/') };
      const answer = await server.ask(ask);
      if (answer.status !== 200) throw await refusal(ask, answer, await server.authorizer.whoWeAre());
      await discard(answer.body);
      return server.authorizer.identityToken([]);
    });
    const { username } = credential;
    return await config.save(registry, identityToken ? { identityToken, ...(username && { username }) } : credential);
  } catch (error) {
    throw error instanceof RegistryError && error.code === 'UNAUTHORIZED' ? notKnown(error) : error;
  } finally {
    await connection.close();
  }
}

/** Where nothing else is asked for, a no means the name and the password. */
const notKnown = ({ code, message, status, cause }: RegistryError): RegistryError =>
  new RegistryError(code, message, { status, cause, hint: 'the name or the password is another one there' });

/** Whether there was something to forget. */
export function logout(registry: string, config: DockerConfig = dockerConfig()): Promise<boolean> {
  return config.remove(registry);
}
