/**
 * The real runtime, rebuilt around a learner's functions.
 *
 * A slot is an ordinary function of the source: nothing in the runtime knows that it may be replaced. So the runtime is
 * built once more, by esbuild, from the source as it is, with one change: where the body of a slot stood, the learner's
 * function is called. It works for a method of an isolator as for any other function, in a fifth of a second.
 *
 * What has an identity is shared with us and not built again (shared.ts).
 */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { projectHome } from '../linux/native.ts';
import { symbolOf, type Slot } from './lesson.ts';
import { shareWith, sharing } from './shared.ts';
import { redirected } from './source.ts';
import type * as whole from './whole.ts';
import { writeWork, type Workspace } from './workspace.ts';

/** Ours, or one that was rebuilt: both do the same by the same names. */
export type Runtime = typeof whole;

/** A function to use in a slot's place. */
export interface Replacement {
  readonly slot: Pick<Slot, 'name' | 'source'>;
  readonly run: (...args: never[]) => unknown;
}

const SLOTS = Symbol.for('drydock.learn.slots');
/** Looked up once, when it is loaded: one rebuilt runtime does not see the functions of the next. */
const BANNER = `const drydockSlots = globalThis[Symbol.for('${SLOTS.description}')];`;

/** `shim` is the helper that it starts, ours unless said otherwise. Throws SLOT_INVALID when a slot is not in the source. */
export function rebuild(work: Workspace, replacements: readonly Replacement[], shim?: string): Promise<Runtime> {
  return rebuildPart<Runtime>(work, replacements, 'src/learn/whole.ts', shim);
}

/** What another file of the source exports, rebuilt in the same way. */
export async function rebuildPart<T>(
  work: Workspace,
  replacements: readonly Replacement[],
  entry: string,
  shim?: string,
): Promise<T> {
  const esbuild = await import('esbuild');
  // src/learn/whole.ts becomes learn/whole.cjs.
  const name = `.drydock/build/${entry.replace(/^src\//, '').replace(/(\/index)?\.ts$/, '')}.cjs`;
  const out = join(work.root, name);
  const define: Record<string, string> = shim === undefined ? {} : { 'process.env.DRYDOCK_SHIM': JSON.stringify(shim) };
  const { outputFiles } = await esbuild.build({
    absWorkingDir: projectHome(),
    entryPoints: [entry],
    outfile: out,
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: 'external',
    logLevel: 'silent',
    banner: { js: BANNER },
    define,
    plugins: [sharing, calling(replacements)],
  });
  for (const { path, contents } of outputFiles) writeWork(work, name + path.slice(out.length), contents);
  (globalThis as Record<symbol, unknown>)[SLOTS] = Object.fromEntries(
    replacements.map(({ slot, run }) => [slot.name, run]),
  );
  return shareWith(() => {
    const require = createRequire(out);
    delete require.cache[out];
    return require(out) as T;
  });
}

/** The bodies of the slots become calls. */
function calling(replacements: readonly Replacement[]): Plugin {
  return {
    name: 'calling',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const here = replacements.filter(({ slot }) => join(projectHome(), slot.source) === path);
        if (here.length === 0) return undefined;
        const calls = here.map(({ slot }) => [symbolOf(slot), `drydockSlots[${JSON.stringify(slot.name)}]`] as const);
        return { contents: await redirected(path, readFileSync(path, 'utf8'), new Map(calls)), loader: 'ts' };
      });
    },
  };
}
