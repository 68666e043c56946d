/**
 * Turns a learner's file into a function that the real runtime can use.
 *
 * A learner's file is compiled as if it lay at its place in src: `../plan.ts` is the real plan.ts. Two things must
 * not be copied into it, because they have an identity: the error type (`instanceof`) and the loaded addon. Those
 * are handed in. esbuild answers in milliseconds and knows syntax only; TypeScript then checks the signature, so that
 * a wrong type is told as such and not as whatever the kernel makes of it. Output and source map go to a file in the
 * workspace, by which callsite.ts names the learner's own line when a step fails.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import type { Message, Plugin } from 'esbuild';
import { DrydockError } from '../errors.ts';
import { projectHome } from '../linux/native.ts';
import { buildC, functionIsGone, isOfShim } from './mine-c.ts';
import { puppetShim } from './child-puppet.ts';
import { placeInSource, symbolOf, type Lesson, type Slot } from './lesson.ts';
import { findLesson } from './lessons.ts';
import { withOwnIsolators } from './own-isolators.ts';
import { readProgress } from './progress.ts';
import { rebuild, rebuildPart, type Replacement, type Runtime } from './rebuilt.ts';
import { shareWith, sharing } from './shared.ts';
import { lineOfSymbol } from './source.ts';
import { typeErrors } from './typecheck.ts';
import { watchdog } from './watchdog.ts';
import { friendly, readWork, workspace, writeWork, type Workspace } from './workspace.ts';

/** What a learner has written for one slot, ready to be used. */
export type Solved =
  | { readonly kind: 'function'; readonly run: (...args: never[]) => unknown; readonly at: string }
  | { readonly kind: 'program'; readonly path: string; readonly at: string };

/** Compiles what stands in a slot. Throws BUILD_FAILED with the compiler's words, SLOT_INVALID, WORKSPACE. */
export async function solve(work: Workspace, lesson: Lesson, slot: Slot): Promise<Solved> {
  const symbol = symbolOf(slot);
  const path = join(lesson.name, slot.file);
  const text = readWork(work, path);
  if (text === undefined)
    throw new DrydockError('WORKSPACE', `${friendly(work, join(work.root, path))} is not there`, {
      hint: `./drydock begin ${lesson.name} writes what is missing and leaves the rest alone`,
    });
  if (slot.file.endsWith('.c'))
    return { kind: 'program', path: await buildC(work, path, slot), at: await placed(work, path, text, symbol) };
  const run = functionIn(await load(work, lesson, slot, slot.file), symbol, friendly(work, join(work.root, path)));
  return { kind: 'function', run, at: await placed(work, path, text, symbol) };
}

/** The alternative of a slot, if the learner has changed it from its starter, or if `force` says so. */
export async function solveInstead(
  work: Workspace,
  lesson: Lesson,
  slot: Slot,
  force = false,
): Promise<Solved | undefined> {
  const { instead } = slot;
  if (!instead) return undefined;
  const path = join(lesson.name, instead.file);
  const text = readWork(work, path);
  if (text === undefined || (!force && text === instead.starter)) return undefined;
  const module = await load(work, lesson, slot, instead.file);
  const run = functionIn(module, instead.symbol, friendly(work, join(work.root, path)));
  return { kind: 'function', run, at: await placed(work, path, text, instead.symbol) };
}

async function placed(work: Workspace, path: string, text: string, symbol: string): Promise<string> {
  return `${friendly(work, join(work.root, path))}:${await lineOfSymbol(path, text, symbol)}`;
}

/** Compiles, checks and loads one TypeScript file of a lesson. */
async function load(work: Workspace, lesson: Lesson, slot: Slot, file: string): Promise<Record<string, unknown>> {
  const path = join(work.root, lesson.name, file);
  const out = join(work.root, '.drydock/build', lesson.name, file.replace(/\.ts$/, '.cjs'));
  const { code, map } = await compile(work, lesson, slot, path, out);
  const [wrong] = await typeErrors(path);
  if (wrong)
    throw new DrydockError('BUILD_FAILED', `${friendly(work, wrong.file)}:${wrong.line}: ${wrong.message}`, {
      at: `${friendly(work, wrong.file)}:${wrong.line}`,
    });
  const name = relative(work.root, out);
  writeWork(work, `${name}.map`, map);
  writeWork(work, name, `${code}\n//# sourceMappingURL=${name.split('/').at(-1)}.map\n`);
  const require = createRequire(out);
  delete require.cache[out];
  try {
    return shareWith(() => require(out) as Record<string, unknown>);
  } catch (cause) {
    throw new DrydockError('BUILD_FAILED', `${friendly(work, path)} cannot be loaded: ${(cause as Error).message}`, {
      cause,
    });
  }
}

async function compile(
  work: Workspace,
  lesson: Lesson,
  slot: Slot,
  entry: string,
  out: string,
): Promise<{ code: Uint8Array | string; map: Uint8Array }> {
  const esbuild = await import('esbuild');
  try {
    const built = await esbuild.build({
      entryPoints: [entry],
      outfile: out,
      bundle: true,
      write: false,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      sourcemap: 'external',
      logLevel: 'silent',
      plugins: [sharing, placedInSource(join(work.root, lesson.name), join(projectHome(), placeInSource(slot)))],
    });
    const [map, code] = ['.map', ''].map((end) => built.outputFiles.find((one) => one.path === `${out}${end}`)!);
    return { code: code!.text, map: map!.contents };
  } catch (cause) {
    const { errors: [first] = [] } = cause as { errors?: Message[] };
    if (!first) throw cause;
    throw new DrydockError('BUILD_FAILED', sentence(work, first), {
      at: placeOf(work, first),
      hint: first.location?.lineText.trim(),
      cause,
    });
  }
}

function placeOf(work: Workspace, { location }: Message): string | undefined {
  return location ? `${friendly(work, resolve(location.file))}:${location.line}` : undefined;
}

function sentence(work: Workspace, message: Message): string {
  const place = placeOf(work, message);
  return place ? `${place}: ${message.text}` : message.text;
}

/** As if the lesson's folder lay over `place`: the learner's own file where there is one, ours elsewhere. */
function placedInSource(folder: string, place: string): Plugin {
  return {
    name: 'placed-in-source',
    setup(build) {
      build.onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir, importer }) => {
        const mine = importer.startsWith(`${folder}/`);
        const inWork = join(resolveDir, path);
        if (!mine || (inWork.startsWith(`${folder}/`) && existsSync(inWork))) return { path: inWork };
        return { path: resolve(place, relative(folder, resolveDir), path) };
      });
    },
  };
}

/** The function of this name: exported itself, or a method of an object that is. Throws SLOT_INVALID. */
function functionIn(module: Record<string, unknown>, symbol: string, where: string): (...args: never[]) => unknown {
  const parts = symbol.split('.');
  for (const root of [module, ...Object.values(module)]) {
    const found = parts.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], root);
    if (typeof found === 'function') return found as (...args: never[]) => unknown;
  }
  throw functionIsGone(where, symbol);
}

/** A stack frame of compiled code is a place in `.drydock/build`; the folder that tells whose it is. */
export function buildFolder(work: Workspace): string {
  return dirname(join(work.root, '.drydock/build/x'));
}

/** The runtime with every function in it that the learner has solved, for `try --mine`. */
export async function runtimeOfMine(work: Workspace = workspace()): Promise<Runtime> {
  const solved = new Map<Slot, Solved>();
  for (const [name, progress] of Object.entries(readProgress(work))) {
    const lesson = await findLesson(name).parts.lesson();
    for (const slot of lesson.slots.filter((one) => progress.solved.includes(one.name)))
      if (canReplace(slot)) solved.set(slot, await solve(work, lesson, slot));
  }
  const runtime = await rebuildAround(work, solved);
  return withOwnIsolators(runtime, [...solved.keys()], (entry) => rebuildPartAround(work, solved, entry));
}

/** How long compiling may block: TypeScript thinks for seconds without a breath, on a busy machine for many. */
const COMPILING_SECONDS = 60;

/**
 * Does something with the runtime that has the learner's functions in it. For as long as one of them may be called a watchdog
 * listens: a loop without an end blocks the thread that Ctrl-C would be answered by. Throws as `runtimeOfMine`.
 */
export async function withMine(body: (runtime: Runtime) => Promise<void>): Promise<void> {
  const guard = watchdog();
  try {
    guard.doing('compiling your functions', COMPILING_SECONDS);
    const runtime = await runtimeOfMine();
    guard.doing('the container, from its plan to its end', undefined, true);
    await body(runtime);
  } finally {
    await guard.stop();
  }
}

/** The runtime with these functions in it, in TypeScript or as a part of the shim. */
export function rebuildAround(work: Workspace, solved: ReadonlyMap<Slot, Solved>): Promise<Runtime> {
  let shim: string | undefined;
  for (const [slot, mine] of solved) {
    if (isOfShim(slot)) shim = mine.kind === 'program' ? mine.path : puppetShim();
  }
  return rebuild(work, replacementsIn(solved), shim);
}

/** Another part of the source with these functions in it. */
export function rebuildPartAround<T>(work: Workspace, solved: ReadonlyMap<Slot, Solved>, entry: string): Promise<T> {
  return rebuildPart<T>(work, replacementsIn(solved), entry);
}

function replacementsIn(solved: ReadonlyMap<Slot, Solved>): Replacement[] {
  return [...solved].flatMap(([slot, mine]) =>
    isFunction(slot) && mine.kind === 'function' ? [{ slot, run: mine.run }] : [],
  );
}

/** Whether a learner's own can stand in a slot's place in a container: a function of ours, or a part of the shim. */
export function canReplace(slot: Pick<Slot, 'source'>): boolean {
  return isFunction(slot) || isOfShim(slot);
}

/** Whether a slot is a function of the TypeScript source, which a rebuilt runtime can call. */
function isFunction({ source }: Pick<Slot, 'source'>): boolean {
  return source.endsWith('.ts');
}
