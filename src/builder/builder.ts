/**
 * The builder: from a Dockerfile and a context to an image.
 *
 * The words. A **context** is the archive of files that a build may copy from; it is looked into and never unpacked, so
 * nothing in it can lead anywhere. A **stage** is what one FROM begins. A **state** is what an instruction starts from and
 * leads to: a config and a stack of layers, kept as an image like any other, with the state before it as its parent. So an
 * instruction is a function from state to state, and a build is the fold of one stage's instructions over its base:
 *
 *     base ──RUN──▶ state ──COPY──▶ state ──CMD──▶ image
 *              ╰ key           ╰ key         ╰ key
 *
 * The **key** of an instruction is the digest of everything that its outcome may depend on and that we know: the state before
 * it, its words with their variables filled in, the build arguments that it can see, and the content of what it copies. An
 * image that was made with this key before is the state that it would make again: that is the **cache**, and it is nothing
 * but images. Whoever removes them removes it; there is no book beside them that could be wrong.
 *
 *     parse ──▶ stages that the target needs ──▶ each as soon as those it copies from are there
 *                  for each instruction:  expand ──▶ key ──▶ found? next : do it ──▶ layer, config, history ──▶ image
 *
 * Invariants:
 *
 *  1. What a build has not finished has no name, and its tags move when all of it is there. Whoever is killed in between
 *     leaves states, which are whole images, and snapshots whose key says that nobody is at work on them any more.
 *  2. The same key never stands for two outcomes that we could have told apart. When it was done, and when a file was last
 *     changed, are not in it: nobody wants these to matter.
 *  3. The Dockerfile, the context and the base image come from strangers. They decide what is in the image, and what happens
 *     in the containers of the build; of the host they see what is copied or mounted for them. Secrets are mounted, and are
 *     in no layer, no history and no key.
 *
 * The builder runs programs through an `Executor` and knows nothing else of the engine, as the engine knows of the builder
 * only `build`. Files: build.ts is the course of a build, stages.ts the graph, stage.ts the fold, key.ts the key, cache.ts
 * what was made with it, commit.ts makes states, context.ts and files.ts are where COPY looks, instructions/ has one
 * function for each instruction.
 *
 * https://docs.docker.com/reference/dockerfile/
 */
import type { Lease } from '../content/content.ts';
import type { Digest } from '../content/digest.ts';
import type { ImageConfig, RunConfig } from '../images/config.ts';
import type { Image, ImageLayer, Store } from '../images/images.ts';
import type { Mount } from '../runtime/config.ts';
import type { Context } from './context.ts';
import type { Dockerfile, Stage } from './dockerfile/dockerfile.ts';

/** What an instruction starts from, and what it leads to. */
export interface State {
  /** As an image; undefined: nothing yet (`FROM scratch`). */
  readonly id?: Digest;
  readonly config: ImageConfig;
  readonly layers: readonly ImageLayer[];
}

/** One program that is to be run on a state (`RUN`). */
export interface Program {
  readonly state: State;
  /** User, directory and stop signal are taken from here. */
  readonly config: RunConfig;
  /** What is executed; no shell is asked beyond this. */
  readonly args: readonly string[];
  /** `NAME=value`: the state's, and build arguments that the program may see and the image must not keep. */
  readonly env: readonly string[];
  /** `none`, `host`, `default`, or a network of the engine's. */
  readonly network?: string;
  /** There while it runs, and in no layer (`RUN --mount`). */
  readonly mounts: readonly Mount[];
  /** It has an id, and will run. */
  readonly started: (container: string) => void;
  /** The next comes when the promise is kept. */
  readonly output: (stream: 1 | 2, bytes: Buffer) => PromiseLike<void> | void;
  readonly signal: AbortSignal;
}

/** A program that has ended. Dispose it: then nothing of it is left. */
export interface Ran extends AsyncDisposable {
  /** Exit code, 128 + n when a signal ended it. */
  readonly status: number;
  /** Key of the active snapshot that has what it changed. */
  readonly snapshot: string;
}

/**
 * Runs programs in containers; the engine's is src/engine/build.ts.
 *
 * Whatever happens to a run (it fails, is aborted, the engine is killed) no container, no mount, no address and no
 * snapshot of it stays.
 */
export interface Executor {
  /** Throws what keeps it from being started; a program that fails is no error. */
  run(program: Program): Promise<Ran>;
  /** An image that is not here, or is to be looked for anew (`--pull`). Throws IMAGE_MISSING. */
  pull(name: string, platform: string | undefined, signal: AbortSignal): Promise<void>;
}

/** What is asked of one build. */
export interface BuildRequest {
  /** The archive, compressed or not. */
  readonly context: AsyncIterable<Uint8Array>;
  /** In the context; `Dockerfile` unless said otherwise. */
  readonly dockerfile?: string;
  readonly tags?: readonly string[];
  /** Stage to build; the last one unless said otherwise. */
  readonly target?: string;
  /** An argument without a value is one that the client does not have: the Dockerfile's default counts. */
  readonly args?: Readonly<Record<string, string | null>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly platform?: string;
  readonly network?: string;
  readonly noCache?: boolean;
  /** Images whose states may be taken, wherever they come from. */
  readonly cacheFrom?: readonly string[];
  readonly pull?: boolean;
  /** All of the build's layers as one. */
  readonly squash?: boolean;
  /** By id. */
  readonly secrets?: Readonly<Record<string, Uint8Array>>;
  readonly signal: AbortSignal;
}

/** What a build tells while it goes on. */
export type BuildEvent =
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'cached'; readonly step: Step }
  | { readonly kind: 'running'; readonly step: Step; readonly container: string }
  | { readonly kind: 'output'; readonly step: Step; readonly stream: 1 | 2; readonly bytes: Buffer }
  /** `triggers`: so many ONBUILD instructions of the base come next; `isPart`: it was one of them, and not the last. */
  | {
      readonly kind: 'done';
      readonly step: Step;
      readonly id?: Digest;
      readonly triggers?: number;
      readonly isPart?: boolean;
    }
  | { readonly kind: 'built'; readonly stage: number }
  /** `stage`: it is about a step of it, which was told before. */
  | { readonly kind: 'warning'; readonly message: string; readonly stage?: number };

/** An instruction at its place. */
export interface Step {
  /** From 1, over all stages that are built. */
  readonly number: number;
  readonly of: number;
  readonly stage: number;
  readonly line: number;
  readonly text: string;
}

/** What every part of a build works with. */
export interface Build {
  readonly store: Store;
  readonly executor: Executor;
  readonly request: BuildRequest;
  readonly context: Context;
  readonly dockerfile: Dockerfile;
  /** Those that a name or a number can mean here: the ones before. So no stage waits for itself. */
  readonly earlier: readonly Stage[];
  /** Holds what is made until the images hold it; a build that finds everything made never asks for it. */
  readonly lease: () => Promise<Lease>;
  /** Blobs that it holds already. */
  readonly held: Set<Digest>;
  /** A place for what is needed while it goes on; it goes with the build. */
  readonly folder: string;
  /** In memory. */
  readonly secretsFolder: string;
  /** The context as files, for a program that is to see it. */
  readonly unpackedContext: () => Promise<string>;
  /** When everything was made, as far as images say it. */
  readonly now: Date;
  /** Times that an archive says are not later than this (SOURCE_DATE_EPOCH). */
  readonly epoch?: number;
  /** Images of --cache-from that are here. */
  readonly along: readonly Image[];
  /** A promise: whoever listens is slow, and a program that writes much waits for him. */
  readonly tell: (event: BuildEvent) => PromiseLike<void> | void;
  readonly signal: AbortSignal;
  /** What a stage has become, by its index. */
  readonly finished: (stage: number) => Promise<State>;
}
