/** Where COPY --from and RUN --mount from= look: a stage by its name or number, else an image. */
import type { Build, State } from './builder.ts';
import type { Files } from './files.ts';
import { stateNamed } from './base.ts';
import { isNumber, noSuchStage, stageNamed } from './stages.ts';
import { withTree } from './tree.ts';

/** Runs the body with what a name leads to; without one with the context. Of a tree that is written to nothing is kept. */
export async function withFrom<T>(
  build: Build,
  from: string | undefined,
  isWritable: boolean,
  body: (files: Files) => Promise<T>,
): Promise<T> {
  if (from === undefined) return body(build.context);
  const state = await stateFrom(build, from);
  return withTree(build.store, state, { what: `'${from}'`, folder: build.folder, isWritable }, body);
}

/** The state that a name of a stage, its number or an image's name leads to. */
export async function stateFrom(build: Build, name: string): Promise<State> {
  const stage = stageNamed(build.earlier, name);
  if (stage) return build.finished(stage.index);
  if (isNumber(name)) throw noSuchStage(name, build.earlier.length);
  return stateNamed(build, name);
}
