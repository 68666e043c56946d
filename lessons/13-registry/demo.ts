/**
 * Demo of lesson registry: a real registry on loopback, and the conversation with it, line by line; then a line that
 * breaks, a byte that differs, and an answer that leads elsewhere.
 */
import { digestOf } from '../../src/content/digest.ts';
import type { Demo, Show, Verdict } from '../../src/learn/demo/demo.ts';
import { quote } from '../../src/learn/source.ts';
import { readUpTo } from '../../src/registry/body.ts';
import * as client from '../../src/registry/index.ts';
import type { Exchange, FetchOptions, RegistryOptions } from '../../src/registry/registry.ts';
import { asAda, inHarbour, quiet, withRepository, type Harbour } from './harbour.ts';

export const demo: Demo = {
  lesson: 'registry',
  seconds: 6,
  question: 'Who hands you an image, and why should you believe the bytes?',
  scenes: [
    {
      title: 'A QUESTION, AND SOMEBODY ELSE’S ANSWER',
      guess: 'how many requests does it take to get one layer?',
      play: (show) =>
        inHarbour(async (harbour) => {
          const exchanges = await conversation(harbour, asAda, async (repository) => {
            await repository.resolve();
            await repository.read(harbour.layer, harbour.layer.size);
          });
          for (const one of exchanges) tell(show, harbour, one);
          const { file, start } = await quote('src/registry/token.ts#tokenRequest');
          show.plus('from the 401 to the question for a token', place(file, start));
          const [asked] = harbour.tokens.asked;
          show.fact('the token server heard', `scope ${asked?.query.get('scope') ?? '(none)'}`);
          show.why('the registry has no passwords: it believes what the token server has signed');
        }),
    },
    {
      title: 'THE LINE BREAKS',
      guess: 'how much of it is sent twice?',
      play: (show) =>
        inHarbour(async (harbour) => {
          const faults = [{ kind: 'cut', after: 200_000 } as const];
          harbour.registry.plan = ({ path, authorization }) =>
            path.includes('/blobs/') && authorization ? faults.shift() : undefined;
          let digest = '';
          const exchanges = await conversation(harbour, quiet, async (repository) => {
            digest = digestOf(await repository.read(harbour.layer, harbour.layer.size));
          });
          for (const one of exchanges.filter(({ url, status }) => url.includes('/blobs/') && status !== 401))
            tell(show, harbour, one);
          show.fact(
            'the bytes hash to',
            short(digest),
            digest === harbour.layer.digest ? ['GOOD'] : ['BAD', 'they are others'],
          );
          show.why('a blob never changes under its name, so two halves of it fit together whenever they come');
        }),
    },
    {
      title: 'ONE BYTE DIFFERS',
      guess: 'who notices, and when?',
      play: (show) =>
        inHarbour(async (harbour) => {
          harbour.registry.plan = ({ path }) => (path.includes('/blobs/') ? { kind: 'flip', at: 123_456 } : undefined);
          show.fact('the manifest promises', short(harbour.layer.digest));
          show.fact('without a check', ...(await taken(harbour, { isCheckedElsewhere: true })));
          const { file, start } = await quote('src/registry/verify.ts#verified');
          show.plus('hashed while it comes', place(file, start));
          show.fact('with it', ...(await taken(harbour, {})));
          show.why('a digest says that these are the bytes, and not who made them: it is no signature');
        }),
    },
    {
      title: 'THE ANSWER IS ELSEWHERE',
      guess: 'who hears your token?',
      play: (show) =>
        inHarbour(async (harbour) => {
          harbour.registry.plan = ({ path, authorization }) =>
            path.includes('/blobs/') && authorization ? { kind: 'redirect', to: 'elsewhere' } : undefined;
          const exchanges = await conversation(harbour, asAda, async (repository) => {
            await repository.read(harbour.layer, harbour.layer.size);
          });
          for (const one of exchanges.filter(({ url }) => url.includes('/blobs/'))) tell(show, harbour, one);
          const heard = harbour.registry.heard.find(({ where }) => where === 'elsewhere');
          const said = heard?.authorization ?? 'no Authorization';
          show.fact('elsewhere has heard', said, heard?.authorization ? ['BAD', 'it was not for it'] : ['GOOD']);
          show.why('what you say at one door is for that door: at the next you begin as nobody');
        }),
    },
  ],
  turn: ['./drydock begin registry', 'verify bytes, ask for a token: about 50 min'],
};

/** Everything that was said while the work was done, but for the greeting that finds out whether TLS is spoken. */
async function conversation(
  harbour: Harbour,
  options: RegistryOptions,
  work: (repository: ReturnType<typeof client.openRepository>) => Promise<void>,
): Promise<Exchange[]> {
  const exchanges: Exchange[] = [];
  await withRepository(
    client,
    harbour.closed.replace('closed', options === quiet ? 'open' : 'closed'),
    { ...options, onExchange: (one) => exchanges.push(one) },
    work,
  );
  return exchanges;
}

/** One request and its answer, in two columns. */
function tell(
  show: Show,
  harbour: Harbour,
  { method, url, status, failure, authorization, range, headers }: Exchange,
): void {
  const { host, pathname } = new URL(url);
  const who = host === harbour.registry.host ? '' : host === harbour.registry.elsewhere ? 'elsewhere' : 'token server';
  const path = pathname.replace(/sha256:(.{6}).*/, 'sha256:$1…').replace(/.*(?=\/(manifests|blobs)\/)/, '…');
  const said = [authorization && `as ${authorization}`, range && `Range: ${range}`].filter(Boolean).join(', ');
  const more =
    headers['content-range'] ??
    (headers.location && 'Location: elsewhere') ??
    headers['www-authenticate']?.split(' ')[0];
  show.fact(`${method} ${who || path}`, [said, `${status ?? failure ?? ''}`, more].filter(Boolean).join('  '));
}

/** What somebody has in his hands who takes the layer, and what that is worth. */
async function taken(harbour: Harbour, how: FetchOptions): Promise<[string, Verdict]> {
  return withRepository(client, harbour.open, quiet, async (repository): Promise<[string, Verdict]> => {
    const bytes = await readUpTo(harbour.layer.size, repository.fetch(harbour.layer, how));
    return [`taken: ${short(digestOf(bytes!))}`, ['BAD', 'other bytes']];
  }).catch((error: { code?: string }) => [`refused: ${error.code ?? String(error)}`, ['GOOD']]);
}

const short = (digest: string): string => `${digest.slice(0, 19)}…`;
const place = (file: string, line: number): string => `${file.replace('src/', '')}:${line}`;
