/** Where COPY --from and RUN --mount from= look: a stage by its name or number, else an image. */
import type { Build, State } from './builder.ts';
import type { Files } from './files.ts';
import { stateNamed } from './base.ts';
import { isNumber, noSuchStage, stageNamed } from './stages.ts';
import { withTree, type Tree } from './tree.ts';

/** Runs the body with the tree of a state. */
export function withFrom<T>(build: Build, from: State, body: (files: Tree) => Promise<T>): Promise<T>;
/** With what a name leads to; without one with the context. */
export function withFrom<T>(build: Build, from: string | undefined, body: (files: Files) => Promise<T>): Promise<T>;
export async function withFrom<T>(
  build: Build,
  from: State | string | undefined,
  body: (files: Tree & Files) => Promise<T>,
): Promise<T> {
  if (from === undefined) return (body as (files: Files) => Promise<T>)(build.context);
  const isNamed = typeof from === 'string';
  const state = isNamed ? await stateFrom(build, from) : from;
  const what = isNamed ? `'${from}'` : 'the image';
  return withTree(build.store, state, { what, folder: build.folder }, body);
}

/** The state that a name of a stage, its number or an image's name leads to. */
export async function stateFrom(build: Build, name: string): Promise<State> {
  const stage = stageNamed(build.earlier, name);
  if (stage) return build.finished(stage.index);
  if (isNumber(name)) throw noSuchStage(name, build.earlier.length);
  return stateNamed(build, name);
}
