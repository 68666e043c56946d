/** A registry that lies, redirects and stalls: what it gets from a client that trusts it, and from ours. */
import { request } from 'node:http';
import { readUpTo } from '../../src/registry/body.ts';
import { digestOf } from '../../src/content/digest.ts';
import { breaking, type Attack } from '../../src/learn/attack.ts';
import * as client from '../../src/registry/index.ts';
import type { RegistryOptions } from '../../src/registry/registry.ts';
import { asAda, openHarbour, quiet, withRepository, type Harbour } from './harbour.ts';

const STALL_MS = 200;

/** An attack in a harbour of its own. */
function attack(
  about: Omit<Attack, 'attempt'>,
  attempt: (harbour: Harbour, isDefended: boolean) => ReturnType<Attack['attempt']>,
): Attack {
  return {
    ...about,
    async attempt(_target, isDefended) {
      const harbour = await openHarbour();
      try {
        return await attempt(harbour, isDefended);
      } finally {
        await harbour.stop();
      }
    },
  };
}

/** The layer, or the error in its place. `isCheckedElsewhere` and nobody checks: that is a client that believes. */
async function layerOf(
  { open, layer }: Harbour,
  options: RegistryOptions,
  isCheckedElsewhere = false,
): Promise<Buffer | Error> {
  return withRepository(client, open, options, async (repository) => {
    const bytes = await readUpTo(layer.size, repository.fetch(layer, { isCheckedElsewhere }));
    return bytes ?? new Error('it is longer than was promised');
  }).catch((error: unknown) => error as Error);
}

const lies = attack(
  { name: 'a registry that lies', undefended: 'bytes as they come', defended: 'bytes that are verified' },
  async (harbour, isDefended) => {
    harbour.registry.plan = ({ path }) => (path.includes('/blobs/') ? { kind: 'flip', at: 123_456 } : undefined);
    const got = await layerOf(harbour, quiet, !isDefended);
    if (got instanceof Error) return { succeeded: false, seen: got.message.replace(/^sha256:\w+: /, '').slice(0, 40) };
    const isOther = digestOf(got) !== harbour.layer.digest;
    return { succeeded: isOther, seen: isOther ? `${got.length} bytes of which one is its own` : 'the layer' };
  },
);

const redirects = attack(
  { name: 'a registry that sends you elsewhere', undefended: 'headers go along', defended: 'each origin has its own' },
  async (harbour, isDefended) => {
    harbour.registry.plan = ({ path }) =>
      path.includes('/blobs/') ? { kind: 'redirect', to: 'elsewhere' } : undefined;
    if (isDefended) await layerOf(harbour, asAda);
    else
      await follow(`http://${harbour.registry.host}/v2/open/lab/blobs/${harbour.layer.digest}`, {
        authorization: 'Bearer ada’s'.replace('’', ''),
      });
    const told = harbour.registry.heard.filter(({ where }) => where === 'elsewhere');
    const heard = told.map(({ authorization }) => authorization?.split(' ')[0]).find(Boolean);
    return {
      succeeded: heard !== undefined,
      seen: heard ? `elsewhere has heard: ${heard} …` : `elsewhere was asked, and has heard no name (${told.length})`,
    };
  },
);

/** What a client does that thinks of a redirect as a detail. */
function follow(url: string, headers: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers }, (response) => {
      response.resume();
      const { location } = response.headers;
      response.on(
        'end',
        () => void (location === undefined ? resolve() : follow(location, headers).then(resolve, reject)),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}

const stalls = attack(
  { name: 'a registry that stalls', undefended: 'no limit of time', defended: 'a limit, and then the rest' },
  async (harbour, isDefended) => {
    const faults = [{ kind: 'stall', after: 200_000 } as const];
    harbour.registry.plan = ({ path, authorization }) =>
      path.includes('/blobs/') && authorization ? faults.shift() : undefined;
    const timeouts = { stall: isDefended ? STALL_MS : 0 };
    const leaving = new AbortController();
    const got = layerOf(harbour, { ...quiet, timeouts });
    // Nobody can wait for ever to see that somebody does.
    const late = new Promise<'late'>((resolve) =>
      setTimeout(() => resolve('late'), isDefended ? 10_000 : 5 * STALL_MS).unref(),
    );
    const end = await Promise.race([got, late]);
    leaving.abort();
    if (end === 'late') return { succeeded: true, seen: 'it waits, and would for ever' };
    const range = harbour.registry.heard.map((one) => one.range).find(Boolean);
    return {
      succeeded: end instanceof Error,
      seen: end instanceof Error ? end.message : `the layer; Range: ${range ?? '(none)'}`,
    };
  },
);

export const attacks: readonly Attack[] = [lies, redirects, stalls];

export const breakIt = breaking(attacks, {
  lesson: 'registry',
  seconds: 5,
  question: 'What does a registry get that lies, redirects and stalls?',
  turn: ['./drydock read registry', 'why a digest is not a signature'],
});
