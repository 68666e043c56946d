/**
 * A context that reaches outside itself: what it gets from a builder that unpacks it and joins names, and from ours, which
 * looks each name up in an index of the archive.
 *
 * The last one is CVE-2024-1753: Buildah mounted what a link in the build led to, and that was the host.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as engines from '../../src/engine/index.ts';
import { DrydockError } from '../../src/errors.ts';
import { breaking, type Attack, type Target } from '../../src/learn/attack.ts';
import { text, withYard, type Files } from './yard.ts';

const SECRET = 'of the host';

/** A stranger's Dockerfile, and the link that he sends with it. */
interface Sent {
  readonly instruction: string;
  /** The name in it. */
  readonly source: string;
  /** Beside the context: then the name is a link to there. */
  readonly leadsTo?: string;
  /** How a naive builder obeys. */
  readonly way: (target: Target, path: string) => Promise<string>;
}

/** COPY: the name is joined with the folder, and the file is read. The kernel follows every link and every `..` on the way. */
const read: Sent['way'] = async (_target, path) => readFileSync(path, 'utf8');

/** RUN --mount: the same name is handed to mount(2). */
const mount: Sent['way'] = async (target, path) => {
  const bind = { destination: '/mnt', type: 'bind', source: path, options: ['rbind', 'ro'] };
  const container = await target.container({
    args: ['cat', '/mnt/secret'],
    adjust: (spec) => ({ ...spec, mounts: [...(spec.mounts ?? []), bind] }),
  });
  await container.ended();
  return container.output();
};

function attack(name: string, { instruction, source, leadsTo, way }: Sent): Attack {
  return {
    name,
    undefended: 'unpacked, names are joined',
    defended: 'an archive with an index',
    async attempt(target, isDefended) {
      const folder = mkdtempSync(join(process.env.DRYDOCK_RUN ?? tmpdir(), 'build-'));
      try {
        const place = join(folder, 'context', source);
        const link = leadsTo === undefined ? undefined : join(folder, leadsTo);
        writeFileSync(join(folder, 'secret'), SECRET);
        if (isDefended) return await ours(instruction, link === undefined ? {} : { [source]: { link } });
        mkdirSync(join(folder, 'context'));
        if (link !== undefined) symlinkSync(link, place);
        return verdict(await way(target, place));
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  };
}

const verdict = (got: string): Awaited<ReturnType<Attack['attempt']>> => ({
  succeeded: got === SECRET,
  seen: `the build has a file "${got}"`,
});

/** What it refuses is refused for the instruction's sake: any other failure would be no defence. */
const ours = (instruction: string, files: Files): ReturnType<Attack['attempt']> =>
  withYard(engines, async ({ build, look }) => {
    try {
      const { id } = await build(`FROM lab\n${instruction}\n`, files);
      return verdict(await look(id, text('got')));
    } catch (error) {
      if (!(error instanceof DrydockError) || error.code !== 'INSTRUCTION_FAILED') throw error;
      return { succeeded: false, seen: error.message.replace(/^\w+ failed: /, '').slice(0, 60) };
    }
  });

export const attacks: readonly Attack[] = [
  attack('a name with dots', { instruction: 'COPY ../secret /got', source: '../secret', way: read }),
  attack('a link that leads out', { instruction: 'COPY plan /got', source: 'plan', leadsTo: 'secret', way: read }),
  attack('a mount of a link', {
    instruction: 'RUN --mount=type=bind,source=plan,target=/mnt cp /mnt/secret /got',
    source: 'plan',
    leadsTo: '.',
    way: mount,
  }),
];

export const breakIt = breaking(attacks, {
  lesson: 'build',
  seconds: 3,
  question: 'Somebody sends you a Dockerfile. Which of your files can he read?',
  turn: ['./drydock read build', 'why a context is not unpacked'],
});
