/**
 * The course of a build, from the archive of a context to the id of an image.
 *
 *     context received ──▶ Dockerfile parsed ──▶ stages, as parallel as they can be ──▶ squashed? ──▶ named
 *
 * Whatever happens in between, the folder of the build goes, and what was running ends: the first failure, or whoever
 * called (`request.signal`), stops all stages.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../content/digest.ts';
import { DrydockError } from '../errors.ts';
import { findImage } from '../images/find.ts';
import type { Image, Store } from '../images/images.ts';
import { parsePlatform } from '../images/platform.ts';
import { withLeaseOnDemand } from '../images/register.ts';
import { nameImage } from '../images/tag.ts';
import { makeFolders } from '../linux/make-folders.ts';
import type { Build, BuildEvent, BuildRequest, Executor, State } from './builder.ts';
import { Context } from './context.ts';
import { parseDockerfile, parseIgnore, type Dockerfile, type Stage } from './dockerfile/index.ts';
import { unpackContext } from './run-mounts.ts';
import { squash } from './squash.ts';
import { buildStage, type Built, type Numbering } from './stage.ts';
import { neededBy, stagesFor, targetOf } from './stages.ts';
import { notAskedFor, platformArgs, Scope } from './variables.ts';

export interface Surroundings {
  readonly store: Store;
  readonly executor: Executor;
  /** A folder in memory, for what must not come to the disk. */
  readonly secretsFolder: string;
  readonly tell: (event: BuildEvent) => PromiseLike<void> | void;
}

/** Where builds have what they need while they go on. */
export const buildsIn = (root: string): string => join(root, 'builder/builds');

/** A Dockerfile of a gigabyte is a mistake. */
const MAX_DOCKERFILE = 64 << 20;

/** Throws DOCKERFILE_INVALID, INSTRUCTION_FAILED, and whatever a context or a base image can be wrong with. */
export async function build(around: Surroundings, request: BuildRequest): Promise<Digest> {
  const { store } = around;
  makeFolders(buildsIn(store.root), 0o700);
  const folder = await mkdtemp(join(buildsIn(store.root), 'build-'));
  try {
    await using context = await Context.receive(request.context, folder, request.signal);
    const dockerfile = await dockerfileIn(context, request);
    for (const { line, message } of dockerfile.warnings)
      around.tell({ kind: 'warning', message: `line ${line}: ${message}` });
    return await withLeaseOnDemand(store, 'build', async (lease) => {
      const course = new Course(around, request, { context, dockerfile, lease, folder });
      const state = await course.run(await imagesHere(store, request.cacheFrom));
      await nameImage(store, state.id!, request.tags ?? []);
      return state.id!;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Clients call one that is not in the context by a name that nobody has typed. */
const isForeign = (name: string): boolean => /^\.dockerfile\.\w+$/.test(name);

async function dockerfileIn(context: Context, request: BuildRequest): Promise<Dockerfile> {
  const { dockerfile: name = 'Dockerfile' } = request;
  const text = await context.read(`/${name}`, MAX_DOCKERFILE);
  if (!text)
    throw new DrydockError('NO_SUCH_FILE', `Cannot locate specified Dockerfile: ${name}`, {
      hint: 'it has to be in the context; -f names another file',
    });
  const ignore =
    (await context.read(`/${name}.dockerignore`, MAX_DOCKERFILE)) ??
    (await context.read('/.dockerignore', MAX_DOCKERFILE));
  if (ignore) await context.leaveOut(parseIgnore(ignore.toString()), request.signal);
  return withLabels(parseDockerfile(text, isForeign(name) ? 'Dockerfile' : name), request);
}

/** Images of --cache-from that are not here help nobody, and harm nobody. */
async function imagesHere(store: Store, names: readonly string[] = []): Promise<Image[]> {
  const found: Image[] = [];
  for (const name of names)
    try {
      found.push(await findImage(store, name));
    } catch (error) {
      if (!(error instanceof DrydockError) || error.code !== 'IMAGE_MISSING') throw error;
    }
  return found;
}

type Parts = Pick<Build, 'context' | 'dockerfile' | 'lease' | 'folder'>;

/** The stages of one build, each begun once. */
class Course {
  private readonly begun = new Map<number, Promise<Built>>();
  private readonly failure = new AbortController();
  private readonly signal: AbortSignal;
  private readonly global: Scope;
  private unpacked?: Promise<string>;
  /** Names of the arguments that the ARGs of a base image's triggers have asked for. */
  private readonly asked = new Set<string>();

  constructor(
    private readonly around: Surroundings,
    private readonly request: BuildRequest,
    private readonly parts: Parts,
  ) {
    this.signal = AbortSignal.any([request.signal, this.failure.signal]);
    const known = new Map<string, string | undefined>(
      Object.entries(platformArgs(request.platform ? parsePlatform(request.platform) : undefined)),
    );
    this.global = new Scope(request.args ?? {}, known);
    // FROM --platform=$BUILDPLATFORM needs no ARG.
    for (const name of known.keys()) this.global.name(name, undefined);
    for (const { args } of parts.dockerfile.args) for (const { name, value } of args) this.global.name(name, value);
  }

  async run(along: readonly Image[]): Promise<State> {
    const { dockerfile } = this.parts;
    const target = targetOf(dockerfile, this.request.target);
    const stages = stagesFor(dockerfile, target, this.global);
    const of = stages.reduce((sum, { instructions }) => sum + 1 + instructions.length, dockerfile.args.length);
    const build = this.build(along);
    let first = 1;
    for (const { line, original: text } of dockerfile.args)
      build.tell({ kind: 'step', step: { number: first++, of, stage: stages[0]!.index, line, text } });
    for (const stage of stages) {
      this.begun.set(stage.index, this.stage(build, stage, { first, of }));
      first += 1 + stage.instructions.length;
    }
    // All are waited for: what one has begun, it takes back before the folder of the build goes.
    const results = await Promise.allSettled([...this.begun.values()]);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw this.failure.signal.reason ?? failed.reason;
    const { base, state: last } = await this.begun.get(target.index)!;
    if (!last.id) throw new DrydockError('INSTRUCTION_FAILED', 'No image was generated. Is your Dockerfile empty?');
    this.warnOfArguments(target);
    return this.request.squash ? squash(build, base, last) : last;
  }

  /** An ARG counts also in a stage that nobody needs: whoever gave it a value has not misspelled it. */
  private warnOfArguments({ index }: Stage): void {
    const before = this.parts.dockerfile.stages.slice(0, index + 1).flatMap(({ instructions }) => instructions);
    for (const instruction of before)
      if (instruction.kind === 'arg') for (const { name } of instruction.args) this.asked.add(name);
    const left = notAskedFor(this.request.args ?? {}, new Set([...this.asked, ...this.global.names]));
    if (left.length === 0) return;
    const message = `One or more build-args [${left.join(' ')}] were not consumed`;
    this.around.tell({ kind: 'warning', message });
  }

  private build(along: readonly Image[]): Build {
    const { store, executor, tell, secretsFolder } = this.around;
    const epoch = epochOf(this.request);
    return {
      ...{
        store,
        executor,
        tell,
        secretsFolder,
        along,
        epoch,
        ...this.parts,
        request: this.request,
        earlier: [],
        held: new Set(),
      },
      signal: this.signal,
      now: epoch === undefined ? new Date() : new Date(epoch * 1000),
      finished: async (index) => (await this.begun.get(index)!).state,
      unpackedContext: () => (this.unpacked ??= unpackContext(this.parts.context.path, this.parts.folder)),
    };
  }

  private async stage(build: Build, stage: Stage, numbering: Numbering): Promise<Built> {
    try {
      const { stages } = build.dockerfile;
      // Also what it takes only at its end is there when it begins: its steps are told in one piece.
      await Promise.all(neededBy(stages, stage, this.global).map(({ index }) => this.begun.get(index)!));
      const scope = new Scope(this.request.args ?? {}, this.global.values);
      const earlier = stages.slice(0, stage.index);
      const built = await buildStage({ ...build, earlier }, stage, { global: this.global, scope }, numbering);
      for (const name of scope.names) this.asked.add(name);
      return built;
    } catch (error) {
      this.failure.abort(error);
      throw error;
    }
  }
}

/** `--label`: as if each stood at the end of the stage that is wanted. What a person types there is no Dockerfile's: `$` is a character. */
function withLabels(dockerfile: Dockerfile, { labels = {}, target }: BuildRequest): Dockerfile {
  const wanted = targetOf(dockerfile, target);
  const { lastLine } = wanted.instructions.at(-1) ?? wanted.from;
  const added = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({
      ...{ kind: 'label' as const, line: lastLine, lastLine, original: `LABEL ${name}=${value}` },
      ...{ pairs: [{ name, value }], isLiteral: true },
    }));
  const labelled = { ...wanted, instructions: [...wanted.instructions, ...added] };
  return { ...dockerfile, stages: dockerfile.stages.map((stage) => (stage === wanted ? labelled : stage)) };
}

/** The argument that makes a build reproducible. Throws BAD_USAGE for what is no number of seconds. */
function epochOf({ args }: BuildRequest): number | undefined {
  const text = args?.SOURCE_DATE_EPOCH;
  if (text === undefined || text === null || text === '') return undefined;
  if (/^\d{1,11}$/.test(text)) return Number(text);
  throw new DrydockError('BAD_USAGE', `SOURCE_DATE_EPOCH=${text} is no number of seconds since 1970`);
}
