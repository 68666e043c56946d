/** `/auth`, `/images/search`, `/distribution`: what a registry is asked without an image coming or going. */
import { DrydockError } from '../../errors.ts';
import { flagOf } from '../../images/filters.ts';
import type { DockerConfig } from '../../registry/docker-config.ts';
import { login } from '../../registry/login.ts';
import { parseReference, withDefaultTag } from '../../registry/reference.ts';
import type { Credential, SearchResult } from '../../registry/registry.ts';
import { openRepository } from '../../registry/repository.ts';
import { search } from '../../registry/search.ts';
import { route, type Route } from '../api.ts';
import type { Query } from '../query.ts';
import { authSchema, credentialIn, credentialsFor, registryNamed } from '../registry-auth.ts';
import { json } from '../reply.ts';

export const registry: readonly Route[] = [
  route('POST /auth', async (call) => {
    const auth = await call.json(authSchema);
    const credential = credentialIn(auth);
    if (!credential)
      throw new DrydockError('API_INVALID', 'username is missing in the body of POST /auth', {
        hint: '{"username":…,"password":…,"serveraddress":…}',
      });
    const kept = new Unkept();
    const options = { ...call.surroundings.registry, signal: call.gone };
    await login(registryNamed(auth.serveraddress), credential, options, kept);
    return json({ Status: 'Login Succeeded', IdentityToken: kept.identityToken });
  }),
  route('GET /images/search', async (call) => {
    const term = call.query.text('term');
    if (term === undefined) throw new DrydockError('API_INVALID', 'term is missing', { hint: 'term=busybox' });
    const credentials = credentialsFor(call, 'docker.io');
    const limit = call.query.number('limit') ?? 25;
    const found = await search(term, { ...call.surroundings.registry, credentials, limit, signal: call.gone });
    return json(found.filter(fits(call.query)).map(shown));
  }),
  route('GET /distribution/{name...}/json', async (call) => {
    const reference = withDefaultTag(parseReference(call.name));
    const credentials = credentialsFor(call, reference.domain);
    const repository = openRepository(reference, { ...call.surroundings.registry, credentials, signal: call.gone });
    try {
      const { descriptor } = await repository.resolve(reference.digest ?? reference.tag!, call.gone);
      return json({ Descriptor: descriptor, Platforms: [] });
    } finally {
      await repository.close();
    }
  }),
];

/** The client keeps what has worked; here it is forgotten. */
class Unkept implements DockerConfig {
  readonly path = '';
  identityToken = '';

  credential(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  registries(): Promise<string[]> {
    return Promise.resolve([]);
  }

  save(_registry: string, credential: Credential): Promise<{ where: string; isPlain: boolean }> {
    if ('identityToken' in credential) this.identityToken = credential.identityToken;
    return Promise.resolve({ where: '', isPlain: false });
  }

  remove(): Promise<boolean> {
    return Promise.resolve(false);
  }
}

function fits(query: Query): (result: SearchResult) => boolean {
  const filters = query.filters();
  const [official, automated] = [flagOf(filters, 'is-official'), flagOf(filters, 'is-automated')];
  const stars = Number(filters.stars?.at(-1) ?? 0);
  return (one) =>
    one.stars >= stars &&
    (official === undefined || one.isOfficial === official) &&
    (automated === undefined || one.isAutomated === automated);
}

const shown = ({ name, description, stars, isOfficial, isAutomated }: SearchResult): object => ({
  name,
  description,
  star_count: stars,
  is_official: isOfficial,
  is_automated: isAutomated,
});
