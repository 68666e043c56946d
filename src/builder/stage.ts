/**
 * One stage: its instructions, one after the other, each on the state that the one before has led to.
 *
 *     expand ──▶ perform (what would it come to?) ──▶ key ──▶ known: that state
 *                                                         ╰▶ else: make the layer, commit
 */
import { DrydockError } from '../errors.ts';
import type { RunConfig } from '../images/config.ts';
import { stateNamed, scratch } from './base.ts';
import type { Build, State, Step } from './builder.ts';
import { findAlong, findMade } from './cache.ts';
import type { Change, Turn } from './change.ts';
import { commitState, holdState } from './commit.ts';
import { atStep } from './failure.ts';
import { withNearStage } from './from.ts';
import { expandInstruction, parseTrigger, type Dockerfile, type Instruction, type Stage } from './dockerfile/index.ts';
import { perform } from './instructions/index.ts';
import { cacheKey } from './key.ts';
import { isNumber, stageNamed } from './stages.ts';
import { globalsOf, unseenIn } from './unseen.ts';
import type { Scope } from './variables.ts';

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** How the steps of a stage are numbered. */
export interface Numbering {
  readonly first: number;
  readonly of: number;
}

/** A stage, and what it was built on. */
export interface Built {
  readonly base: State;
  readonly state: State;
}

/** Builds a stage. `global` has the arguments before the first FROM, `scope` is the stage's own. */
export async function buildStage(
  build: Build,
  stage: Stage,
  { global, scope }: { global: Scope; scope: Scope },
  { first, of }: Numbering,
): Promise<Built> {
  const stepAt = (number: number, { line, original }: { line: number; original: string }): Step => ({
    ...{ number, of, stage: stage.index, line },
    text: original,
  });
  const step = stepAt(first, stage.from);
  build.tell({ kind: 'step', step });
  const base = await baseOf(build, stage, global).catch((error: unknown) => {
    throw atStep(error, step);
  });
  let state = base;
  const triggers = triggersOf(state.config.config);
  build.tell({ kind: 'done', step, id: state.id, triggers: triggers.length });
  let config = beginning(state.config.config);
  let hasCommand = false;
  let author: string | undefined;
  const all: [Instruction, Step | undefined][] = [
    ...triggers.map((one): [Instruction, undefined] => [one, undefined]),
    ...stage.instructions.map((one, i): [Instruction, Step] => [one, stepAt(first + 1 + i, one)]),
  ];
  for (const [i, [instruction, numbered]] of all.entries()) {
    build.signal.throwIfAborted();
    if (numbered) build.tell({ kind: 'step', step: numbered });
    scope.see(config);
    if (numbered) warnOfUnseen(build, stage, instruction, scope);
    try {
      const expanded = expandInstruction(instruction, scope, build.dockerfile.escape);
      if (expanded.kind === 'maintainer') author = expanded.maintainer;
      const turn: Turn = { build, state, config, scope, step: numbered ?? step, hasCommand, author };
      state = await next({ ...turn, isPart: i + 1 < triggers.length || undefined }, expanded);
    } catch (error) {
      throw atStep(error, numbered ?? step, state);
    }
    config = state.config.config ?? {};
    hasCommand ||= instruction.kind === 'cmd';
  }
  build.tell({ kind: 'built', stage: stage.index });
  return { base, state };
}

/** What a container of the base gets anyway, and without what was meant for this moment. */
function beginning(config: RunConfig = {}): RunConfig {
  const { OnBuild: _done, ...rest } = config;
  const hasPath = rest.Env?.some((entry) => entry.startsWith('PATH='));
  return { ...rest, Env: hasPath ? rest.Env : [...(rest.Env ?? []), PATH] };
}

const triggersOf = (config: RunConfig = {}): Instruction[] =>
  ((config.OnBuild as string[] | null | undefined) ?? []).map((text) => parseTrigger(text));

async function baseOf(build: Build, stage: Stage, global: Scope): Promise<State> {
  const { base, platform } = expandInstruction(stage.from, global, build.dockerfile.escape);
  const hint = hintOfUnset(build.dockerfile, stage, global);
  if (base === '')
    throw new DrydockError('INSTRUCTION_FAILED', `base name (${stage.base}) should not be blank`, {
      hint: hint ?? 'give the argument a value, with ARG before FROM or with --build-arg',
    });
  const wanted = platform || build.request.platform;
  if (base === 'scratch') return scratch(wanted);
  const earlier = isNumber(base) ? undefined : stageNamed(build.earlier, base);
  if (earlier) return build.finished(earlier.index);
  return stateNamed(build, base, wanted).catch((error: unknown) => {
    // A registry that does not answer has a hint of its own.
    if (hint === undefined || !(error instanceof DrydockError) || error.code === 'REGISTRY')
      throw build.signal.aborted ? error : withNearStage(error, base, build.earlier);
    throw new DrydockError(error.code, error.message, { hint, at: error.at, cause: error });
  });
}

/** What to do when a name behind FROM has a variable without a value; most often its ARG stands inside a stage. */
function hintOfUnset({ stages }: Dockerfile, { base }: Stage, global: Scope): string | undefined {
  const names = [...base.matchAll(/\$(\w+)|\$\{(\w+)\}/g)].map(([, bare, braced]) => (bare ?? braced)!);
  const unset = names.find((name) => global.get(name) === undefined);
  if (unset === undefined) return undefined;
  const inside = stages
    .flatMap(({ instructions }) => instructions)
    .find((one) => one.kind === 'arg' && one.args.some(({ name }) => name === unset));
  const where = inside ? `; the ARG of line ${inside.line} is for its stage alone` : '';
  return `${unset} has no value here: FROM knows what an ARG before the first FROM says, or --build-arg for it${where}`;
}

/** For a variable that nobody has inside of the stage, though an ARG before the first FROM names it. */
function warnOfUnseen({ dockerfile, tell }: Build, { index }: Stage, instruction: Instruction, scope: Scope): void {
  for (const name of unseenIn(instruction, scope, globalsOf(dockerfile))) {
    const what = `ARG ${name} before FROM is not visible in the stage`;
    const message = `line ${instruction.line}: ${name} has no value here: ${what}; repeat ARG ${name} there`;
    tell({ kind: 'warning', message, stage: index });
  }
}

/** The state after an instruction. */
async function next(turn: Turn, instruction: Instruction): Promise<State> {
  const { build, state, config, step, isPart, author } = turn;
  const change = await perform(turn, instruction);
  const { says, also } = change;
  const key = cacheKey(state, { says, also, author, epoch: build.epoch });
  const known = build.request.noCache ? undefined : await findMade(build.store, key);
  if (known) {
    build.tell({ kind: 'cached', step });
    build.tell({ kind: 'done', step, id: known.id, isPart });
    return known;
  }
  await holdState(build, state);
  const layer = await layerOf(turn, change);
  const made = await commitState(build, state, {
    ...{ layer, key, says, author },
    config: change.config ?? config,
  });
  build.tell({ kind: 'done', step, id: made.id, isPart });
  return made;
}

async function layerOf({ build, state, step }: Turn, change: Change): ReturnType<NonNullable<Change['layer']>> {
  const isTaken = !build.request.noCache && !change.isUnsaid;
  const along = isTaken ? findAlong(build.along, state, change.says) : undefined;
  if (!along) return change.layer?.();
  build.tell({ kind: 'cached', step });
  return along.layer;
}
