/**
 * What has to be so in lesson registry: the registry, the token server and the digests confirm it.
 *
 * The first checks feed `verified` by hand, because a line brings its pieces as it likes. The others let the real client,
 * rebuilt around the learner's functions, talk to a real registry, and ask the other side what it has heard.
 */
import { digestOf } from '../../src/content/digest.ts';
import type { Descriptor } from '../../src/content/descriptor.ts';
import { check, consequence, type Bench } from '../../src/learn/check/check.ts';
import { person } from '../../src/learn/registry/local.ts';
import { IDENTITY_TOKEN } from '../../src/learn/registry/token-server.ts';
import type * as client from '../../src/registry/index.ts';
import type { Credential, RegistryOptions } from '../../src/registry/registry.ts';
import { inHarbour, quiet, withRepository, type Harbour } from './harbour.ts';

const VERIFIED = 'registry/verify.ts#verified';
const TOKEN = 'registry/token.ts#tokenRequest';
const HANDED_ON = 'every piece is handed on when it comes, and not later';
const LET_IN = 'the token server is asked for what the request needs';
const text = Buffer.from('the bytes of a layer, in pieces');
const blob: Descriptor = { mediaType: 'application/octet-stream', digest: digestOf(text), size: text.length };
/** Whoever reads on for so long would read for ever. */
const ENDLESS = 50;

interface Taken {
  readonly bytes: Buffer;
  /** How many pieces had been asked for when the first came out. */
  readonly before: number;
  readonly asked: number;
  readonly error?: Error & { code?: string };
}

/** Lets pieces through the learner's function. */
async function through(t: Bench, pieces: readonly Buffer[]): Promise<Taken> {
  const solved = t.solved(VERIFIED);
  if (solved.kind !== 'function') throw new TypeError('verified is a function');
  const run = solved.run as unknown as (pieces: AsyncIterable<Buffer>, blob: Descriptor) => AsyncIterable<Buffer>;
  let asked = 0;
  async function* come(): AsyncGenerator<Buffer> {
    for (const piece of pieces) {
      asked++;
      yield piece;
    }
  }
  const taken: Buffer[] = [];
  let before = 0;
  try {
    for await (const piece of run(come(), blob)) {
      before ||= asked;
      taken.push(piece);
    }
    return { bytes: Buffer.concat(taken), before, asked };
  } catch (error) {
    return { bytes: Buffer.concat(taken), before, asked, error: error as Error };
  }
}

const inPieces = (bytes: Buffer): Buffer[] => [bytes.subarray(0, 7), bytes.subarray(7, 20), bytes.subarray(20)];

function outcome({ error, bytes }: Taken): string {
  if (!error) return `it came to an end without an error, after ${bytes.length} bytes`;
  return `${error.code ?? error.name}: ${error.message}`;
}

const handedOn = check(
  HANDED_ON,
  {
    slot: VERIFIED,
    see: './drydock demo registry',
    hint: ({ before, bytes }) => [
      'A layer may be larger than your memory. How much of it does your function hold at once?',
      bytes === text.length
        ? `The first piece came out after ${String(before)} had gone in: all of them were collected first.`
        : `${text.length} bytes went in, and ${String(bytes)} came out.`,
      'In the loop over `pieces`: count it, hand it to the hasher, `yield piece`. What is wrong is thrown after it; whoever takes the pieces waits for the end.',
    ],
  },
  async (t) => {
    const taken = await through(t, inPieces(text));
    t.fact('before', taken.before);
    t.fact('bytes', taken.bytes.length);
    t.must(!taken.error && taken.bytes.equals(text) && taken.before === 1, {
      did: `3 pieces went in; the first came out after ${taken.before}`,
      kernel: outcome(taken),
      wanted: 'the same bytes, the first piece out before the second goes in',
    });
  },
);

const oneBit = check(
  'one bit that differs is refused',
  {
    slot: VERIFIED,
    needs: [HANDED_ON],
    see: 'printf a | sha256sum; printf b | sha256sum',
    hint: ({ outcome }) => [
      'The number of bytes was right. What else was promised?',
      `One bit was another one, and ${String(outcome)}.`,
      'After the loop: compare hasher.digest() with blob.digest, and throw mismatch(blob, …) if they differ.',
    ],
  },
  async (t) => {
    const other = Buffer.from(text);
    other[11]! ^= 1;
    const taken = await through(t, inPieces(other));
    t.fact('outcome', outcome(taken));
    t.must(taken.error?.code === 'DIGEST_MISMATCH', {
      did: `${other.length} bytes, of which bit 88 was another one`,
      kernel: outcome(taken),
      wanted: `DIGEST_MISMATCH: the bytes hash to ${digestOf(other).slice(0, 19)}…`,
    });
  },
);

const short = check(
  'bytes that are missing at the end are missed',
  {
    slot: VERIFIED,
    needs: ['one bit that differs is refused'],
    see: 'printf abc | sha256sum; printf ab | sha256sum',
    hint: ({ outcome }) => [
      'A line that breaks ends a stream without a word. Who says that all has come?',
      `Ten bytes were missing, and ${String(outcome)}.`,
      'The digest is compared after the loop, whatever has come: also when it was too little, and also when nothing came at all.',
    ],
  },
  async (t) => {
    for (const pieces of [[text.subarray(0, 7), text.subarray(7, text.length - 10)], []]) {
      const taken = await through(t, pieces);
      t.fact('outcome', outcome(taken));
      t.must(taken.error?.code === 'DIGEST_MISMATCH', {
        did: `${pieces.reduce((sum, { length }) => sum + length, 0)} of ${text.length} bytes came`,
        kernel: outcome(taken),
        wanted: 'DIGEST_MISMATCH',
      });
    }
  },
);

const endless = check(
  'more bytes than were promised are not waited for',
  {
    slot: VERIFIED,
    needs: ['one bit that differs is refused'],
    see: './drydock demo registry --break-it',
    hint: ({ asked, extra }) => [
      'The promise has a number in it. What if a registry sends, and does not stop?',
      Number(extra) > 0
        ? `${String(extra)} bytes more than promised were handed on: they may be on a disk by now.`
        : `Your function took ${String(asked)} pieces, though the fourth was already too much.`,
      'In the loop, before the yield: add piece.length to what has come, and throw mismatch(blob, …) as soon as that is more than blob.size.',
    ],
  },
  async (t) => {
    const more = Array.from({ length: ENDLESS }, () => Buffer.from('and more'));
    const taken = await through(t, [...inPieces(text), ...more]);
    const asked = t.fact('asked', taken.asked);
    const extra = t.fact('extra', Math.max(0, taken.bytes.length - text.length));
    t.must(taken.error?.code === 'DIGEST_MISMATCH' && asked <= 4 && extra === 0, {
      did: `after the ${text.length} bytes more came; it took ${asked} of ${ENDLESS + 3} pieces`,
      kernel: outcome(taken),
      wanted: 'DIGEST_MISMATCH at the fourth piece, which is not handed on',
    });
  },
);

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

type Request = ReturnType<typeof import('../../src/registry/token.ts').tokenRequest>;

function requestOf(t: Bench, realm: string | undefined, scopes: readonly string[]): Request {
  const solved = t.solved(TOKEN);
  if (solved.kind !== 'function') throw new TypeError('tokenRequest is a function');
  const run = solved.run as unknown as (challenge: object, scopes: readonly string[]) => Request;
  return run({ scheme: 'bearer', parameters: realm === undefined ? {} : { realm } }, scopes);
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
  value === undefined || value === null || value === '' ? '(none)' : `"${String(value as string)}"`;

export const checks = [handedOn, oneBit, short, endless, letIn, severalScopes, password, nobody, lost, identity, whole];
