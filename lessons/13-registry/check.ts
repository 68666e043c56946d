/**
 * What has to be so in lesson registry: the registry, the token server and the digests confirm it.
 *
 * The first checks feed `verified` by hand (check-bytes.ts). The others let the real client, rebuilt around the learner's
 * functions, talk to a real registry, and ask the other side what it has heard.
 */
import { check, consequence, type Bench } from '../../src/learn/check/check.ts';
import { functionOf } from '../../src/learn/check/solved.ts';
import { person } from '../../src/learn/registry/local.ts';
import { IDENTITY_TOKEN } from '../../src/learn/registry/token-server.ts';
import type * as client from '../../src/registry/index.ts';
import type { Credential, RegistryOptions } from '../../src/registry/registry.ts';
import type { tokenRequest } from '../../src/registry/token.ts';
import { bytesChecks, HANDED_ON, VERIFIED } from './check-bytes.ts';
import { inHarbour, quiet, withRepository, type Harbour } from './harbour.ts';

const TOKEN = 'registry/token.ts#tokenRequest';
const LET_IN = 'the token server is asked for what the request needs';
/** Pulls the layer with the learner's client. */
async function pull(t: Bench, name: string, { layer }: Harbour, options: RegistryOptions): Promise<Buffer | Error> {
  const ours = await t.part<typeof client>('src/registry/index.ts');
  return withRepository(ours, name, options, async (repository) => {
    await repository.resolve();
    return repository.read(layer, layer.size);
  }).catch((error: unknown) => error as Error);
}

const as = (credential?: Credential): RegistryOptions => ({ ...quiet, credentials: async () => credential });
const said = (answer: Buffer | Error): string => (answer instanceof Error ? answer.message : `${answer.length} bytes`);

const letIn = check(
  LET_IN,
  {
    slot: TOKEN,
    see: './drydock demo registry',
    hint: ({ service, scopes, threw }) => [
      'The registry answered 401 and said what it wants. Compare its header with what the token server was asked.',
      threw !== undefined
        ? `The question could not be asked: ${String(threw)}.`
        : `The token server heard the service ${quoted(service)} and the scopes ${quoted(scopes)}.`,
      'url.searchParams.append("service", service), and append("scope", scope) for each of `scopes`; the address is new URL(realm).',
    ],
  },
  (t) =>
    inHarbour(async (harbour) => {
      const answer = await pull(t, harbour.open, harbour, as());
      const { query } = harbour.tokens.asked[0] ?? {};
      const service = t.fact('service', query?.get('service'));
      const scopes = t.fact('scopes', query?.getAll('scope').join(' '));
      if (!query) t.fact('threw', said(answer));
      t.must(answer instanceof Buffer && service === harbour.tokens.service && scopes === 'repository:open/lab:pull', {
        did: query ? `asked the token server ?${query.toString()}` : 'did not ask the token server',
        kernel: `the registry: ${said(answer)}`,
        wanted: `?service=${harbour.tokens.service}&scope=repository:open/lab:pull`,
      });
    }),
);

const severalScopes = check(
  'each scope is a parameter of its own, and what stands in the address stays',
  {
    slot: TOKEN,
    needs: [LET_IN],
    see: "node -e \"const u = new URL('https://x/t?a=1'); u.searchParams.append('scope', 's'); console.log(u.href)\"",
    hint: ({ search }) => [
      'A mount reads one repository and writes another: one token for both, two scopes.',
      `The question was ${String(search)}.`,
      '`for (const scope of scopes) url.searchParams.append("scope", scope)`: append and not set, which keeps the last alone.',
    ],
  },
  async (t) => {
    const { url } = requestOf(t, 'https://auth.example/token?tenant=7', [
      'repository:a:pull',
      'repository:b:pull,push',
    ]);
    const search = t.fact('search', decodeURIComponent(url.search));
    const wanted = ['repository:a:pull', 'repository:b:pull,push'].join();
    t.must(url.searchParams.getAll('scope').join() === wanted && url.searchParams.get('tenant') === '7', {
      did: `asked ${search}`,
      kernel: `its scopes are ${url.searchParams.getAll('scope').join(' and ') || 'none'}`,
      wanted: 'tenant=7, and two scopes',
    });
  },
);

const password = check(
  'the password goes to the token server, in a header, and nowhere else',
  {
    slot: TOKEN,
    needs: [LET_IN],
    see: 'printf ada:lovelace | base64',
    hint: ({ authorization, inAddress }) => [
      'The token server has to know who asks. An address is written into logs; a header is not.',
      inAddress
        ? 'The password stands in the address of the question.'
        : `The token server heard the header Authorization: ${quoted(authorization)}.`,
      'headers: { authorization: basic(credential) }, and credential.username as the parameter account.',
    ],
  },
  (t) =>
    inHarbour(async (harbour) => {
      const answer = await pull(t, harbour.closed, harbour, as(person));
      const heard = harbour.tokens.asked[0];
      const authorization = t.fact('authorization', heard?.authorization?.split(' ')[0]);
      const inAddress = t.fact('inAddress', heard?.query.toString().includes(person.password) ?? false);
      const elsewhere = harbour.registry.heard.filter(({ authorization }) => authorization?.startsWith('Basic'));
      t.must(
        answer instanceof Buffer &&
          !inAddress &&
          heard?.query.get('account') === person.username &&
          elsewhere.length === 0,
        {
          did: `asked the token server ?${heard?.query.toString().replace(person.password, '(the password)') ?? ''}, with the header ${quoted(authorization)}`,
          kernel: `the registry: ${said(answer)}`,
          wanted: 'Authorization: Basic …, account=ada, and the layer of closed/lab',
        },
      );
    }),
);

const nobody = check(
  'whoever is nobody says nothing of himself',
  {
    slot: TOKEN,
    needs: [LET_IN],
    see: './drydock demo registry',
    hint: ({ headers }) => [
      'Public images need a token, too, and no name. What did your question say of who asks?',
      `Without a credential its headers were ${String(headers)}.`,
      'Only `if (credential)` is there a header and an account. A name that is empty is a name, and is refused.',
    ],
  },
  async (t) => {
    const { headers, url } = requestOf(t, 'https://auth.example/token', ['repository:a:pull']);
    t.fact('headers', `${JSON.stringify(headers)}, and the account ${quoted(url.searchParams.get('account'))}`);
    t.must(Object.keys(headers).length === 0 && !url.searchParams.has('account'), {
      did: `asked ${url.search} with ${JSON.stringify(headers)}`,
      kernel: 'was not asked: a server that knows nobody of this name answers 401',
      wanted: 'no header authorization and no account',
    });
  },
);

const lost = check(
  'a challenge that names no server is told as such',
  {
    slot: TOKEN,
    needs: [LET_IN],
    see: 'node -e "new URL(\'token\')"',
    hint: ({ threw }) => [
      'The header comes from somebody else, who may leave out whatever he likes.',
      `A challenge with the realm "token" ended in ${String(threw)}.`,
      "Ask URL.canParse(realm) first, and throw new DrydockError('REGISTRY', …): a person is told which side is wrong.",
    ],
  },
  async (t) => {
    for (const realm of ['token', undefined]) {
      const threw = t.fact(
        'threw',
        errorOf(() => requestOf(t, realm, [])),
      );
      t.must(threw.startsWith('REGISTRY'), {
        did: `took a challenge whose realm is ${quoted(realm)}`,
        kernel: `it ended in ${threw}`,
        wanted: 'a DrydockError with the code REGISTRY',
      });
    }
  },
);

const identity = check(
  'further: an identity token is posted, and stands in no address and in no header',
  {
    slot: TOKEN,
    needs: ['the password goes to the token server, in a header, and nowhere else'],
    see: 'cat ~/.docker/config.json',
    hint: ({ method, grant }) => [
      '`docker login` may have exchanged the password for an identity token. It is as good as one, and asks in another way.',
      `The token server heard a ${String(method)} with the grant_type ${quoted(grant)}.`,
      "method: 'POST', the header content-type: application/x-www-form-urlencoded, and as body new URLSearchParams({ grant_type: 'refresh_token', refresh_token, client_id, service, scope }).toString().",
    ],
  },
  (t) =>
    inHarbour(async (harbour) => {
      const answer = await pull(t, harbour.closed, harbour, as({ identityToken: IDENTITY_TOKEN }));
      const heard = harbour.tokens.asked[0];
      const method = t.fact('method', heard?.method);
      const grant = t.fact('grant', heard?.query.get('grant_type'));
      t.must(answer instanceof Buffer && method === 'POST' && grant === 'refresh_token', {
        did: heard ? `asked with ${heard.method}, grant_type ${quoted(grant)}` : 'did not ask',
        kernel: `the registry: ${said(answer)}`,
        wanted: 'POST, grant_type=refresh_token, and the layer of closed/lab',
      });
    }),
);

const whole = consequence(
  'a pull through a line that breaks and a redirect brings the blob, and the token goes to the registry alone',
  { slot: VERIFIED, needs: [HANDED_ON, LET_IN], see: './drydock demo registry' },
  (t) =>
    inHarbour(async (harbour) => {
      const faults = [{ kind: 'cut', after: 100_000 } as const, { kind: 'redirect', to: 'elsewhere' } as const];
      harbour.registry.plan = ({ path, authorization }) =>
        path.includes('/blobs/') && authorization ? faults.shift() : undefined;
      const answer = await pull(t, harbour.open, harbour, as());
      const elsewhere = harbour.registry.heard.filter(({ where }) => where === 'elsewhere');
      t.must(
        answer instanceof Buffer &&
          answer.equals(harbour.bytes) &&
          elsewhere.every(({ authorization }) => !authorization),
        {
          did: 'pulled; the line broke after 100000 bytes, and the rest was elsewhere',
          kernel: said(answer),
          wanted: `${harbour.layer.size} bytes, and no Authorization elsewhere`,
        },
      );
    }),
);

type Request = ReturnType<typeof tokenRequest>;

function requestOf(t: Bench, realm: string | undefined, scopes: readonly string[]): Request {
  const parameters: Record<string, string> = realm === undefined ? {} : { realm };
  return functionOf<typeof tokenRequest>(t, TOKEN)({ scheme: 'bearer', parameters }, scopes);
}

function errorOf(run: () => unknown): string {
  try {
    run();
    return 'no error at all';
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return `${code ?? 'an error without a code'}: ${message}`;
  }
}

const quoted = (value: unknown): string =>
  value === undefined || value === null || value === '' ? '(none)' : JSON.stringify(value);

export const checks = [...bytesChecks, letIn, severalScopes, password, nobody, lost, identity, whole];
