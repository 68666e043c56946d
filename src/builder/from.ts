/** Where COPY --from and RUN --mount from= look: a stage by its name or number, else an image. */
import type { Build, State } from './builder.ts';
import { DrydockError } from '../errors.ts';
import { isUnfetched } from '../images/near.ts';
import { nearest } from '../nearest.ts';
import type { Stage } from './dockerfile/index.ts';
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
  if (name.includes('$')) throw noVariables(name);
  const stage = stageNamed(build.earlier, name);
  if (stage) return build.finished(stage.index);
  if (isNumber(name)) throw noSuchStage(name, build.earlier.length);
  return stateNamed(build, name).catch((error: unknown) => {
    throw build.signal.aborted ? error : asNoStageEither(error, name, build);
  });
}

/** As BuildKit does, too: the stages were known before any variable. FROM has those of the ARGs before it. */
function noVariables(name: string): DrydockError {
  const [, variable = 'NAME'] = /\$\{?(\w+)/.exec(name) ?? [];
  return new DrydockError('INSTRUCTION_FAILED', `invalid from flag value ${name}: variables are not expanded in it`, {
    hint: `FROM has variables: ARG ${variable} before the first FROM, then FROM ${name} AS source, and --from=source`,
  });
}

/** What is neither a stage nor an image was more often meant to be a stage. */
function asNoStageEither(error: unknown, name: string, { dockerfile, earlier }: Build): unknown {
  const near = withNearStage(error, name, earlier);
  if (!(near instanceof DrydockError) || near !== error) return near;
  const names = earlier.flatMap((stage) => stage.name ?? []);
  const isLater = dockerfile.stages.some((stage) => stage.name === name.toLowerCase());
  const hint = isLater
    ? `stage ${name} does not stand before this one, and so ${name} was looked up as an image`
    : names.length > 0
      ? `no stage is called ${name}: there are: ${names.join(', ')}`
      : near.hint;
  return new DrydockError(near.code, near.message, { hint, at: near.at, cause: near });
}

/** A name that is an image's nowhere, and is almost one of the stages before. Every client shows the sentence. */
export function withNearStage(error: unknown, name: string, earlier: readonly Stage[]): unknown {
  if (!isUnfetched(error)) return error;
  const near = nearest(
    name,
    earlier.flatMap((stage) => stage.name ?? []),
  );
  if (near === undefined) return error;
  const message = `there is no stage '${name}', did you mean stage '${near}'? And no such image: ${error.message}`;
  // What to do about images, or a registry, would only hide it.
  return new DrydockError(error.code, message, { at: error.at, cause: error });
}
