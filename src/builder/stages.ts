/**
 * The stages of a Dockerfile as a graph: who needs whom, and so what need not be built at all.
 *
 *     FROM a AS build ◀── COPY --from=build ── FROM b              needed: both, one after the other
 *     FROM c AS docs                                              needed by nobody: skipped
 *
 * A name means a stage that stands before; later ones, and the stage itself, have no meaning there, so the graph has no
 * circles. Stages that do not need each other are built at the same time.
 */
import { DrydockError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';
import {
  expandInstruction,
  type Dockerfile,
  type Instruction,
  type Stage,
  type Variables,
} from './dockerfile/index.ts';

/** Whether it counts stages, where something is copied or mounted. FROM knows names alone: there it is an image. */
export const isNumber = (name: string): boolean => /^\d+$/.test(name);

/** A stage by its name, or its number. */
export function stageNamed(stages: readonly Stage[], name: string): Stage | undefined {
  if (isNumber(name)) return stages[Number(name)];
  return stages.findLast((stage) => stage.name === name.toLowerCase());
}

/** For a number that is none of the stages before, of which there are so many. */
export const noSuchStage = (name: string, before: number): DrydockError =>
  new DrydockError('INSTRUCTION_FAILED', `invalid from flag value ${name}: no stage before this one has this number`, {
    hint: `this is stage ${before}: it can take from ${before === 0 ? 'images only' : `0 to ${before - 1}`}`,
  });

/** The stage that is wanted: the last one unless said otherwise. Throws BAD_USAGE. */
export function targetOf({ stages }: Dockerfile, name: string | undefined): Stage {
  const stage = name === undefined ? stages.at(-1) : stageNamed(stages, name);
  if (stage) return stage;
  const names = stages.flatMap((one) => one.name ?? []);
  throw new DrydockError('BAD_USAGE', `failed to reach build target ${name} in Dockerfile`, {
    hint: names.length > 0 ? didYouMean(name!, names) : 'no stage has a name: FROM image AS name',
  });
}

/** The stages that a stage takes from. `variables` are those that FROM sees. Throws INSTRUCTION_FAILED. */
export function neededBy(stages: readonly Stage[], stage: Stage, variables: Variables): Stage[] {
  const before = stages.slice(0, stage.index);
  const { base } = expandInstruction(stage.from, variables);
  const begun = isNumber(base) ? undefined : stageNamed(before, base);
  const taken = stage.instructions.flatMap(sourcesOf).map((name) => {
    const named = stageNamed(before, name);
    if (!named && isNumber(name)) throw noSuchStage(name, before.length);
    return named;
  });
  return [...new Set([begun, ...taken])].filter((one) => one !== undefined);
}

/** What an instruction calls by a name that may be a stage's. */
function sourcesOf(instruction: Instruction): string[] {
  if (instruction.kind === 'copy') return instruction.from === undefined ? [] : [instruction.from];
  if (instruction.kind === 'run') return instruction.mounts.flatMap(({ from }) => from ?? []);
  return [];
}

/** The target and everything that it needs, in the order of the file. */
export function stagesFor(dockerfile: Dockerfile, target: Stage, variables: Variables): Stage[] {
  const needed = new Set<Stage>();
  const ahead = [target];
  for (let stage = ahead.pop(); stage; stage = ahead.pop()) {
    if (needed.has(stage)) continue;
    needed.add(stage);
    ahead.push(...neededBy(dockerfile.stages, stage, variables));
  }
  return dockerfile.stages.filter((stage) => needed.has(stage));
}
