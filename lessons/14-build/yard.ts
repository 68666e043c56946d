/**
 * A yard: an engine with folders of its own, in which something is built and looked at; all of it goes when the body has
 * ended. What an image says is read from the bytes on the disk, and not asked of the code that is to be judged.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildEvent, BuildRequest } from '../../src/builder/builder.ts';
import { hexOf, type Digest } from '../../src/content/digest.ts';
import type * as engines from '../../src/engine/index.ts';
import type { ImageConfig } from '../../src/images/config.ts';
import { findImage } from '../../src/images/find.ts';
import { writeTar, type WrittenEntry } from '../../src/layers/index.ts';
import { MS_NODEV, MS_NOSUID } from '../../src/linux/constants.ts';
import { native } from '../../src/linux/native.ts';
import { readMountinfo } from '../../src/linux/mountinfo.ts';
import { unmountAll, withMounted } from '../../src/snapshots/mount.ts';

/** The operations, ours or rebuilt around a learner's functions. */
export type Operations = Pick<typeof engines, 'openEngine' | 'buildImage'>;

/** A context: texts, and links. */
export type Files = Readonly<Record<string, string | { readonly link: string }>>;

export interface Built {
  readonly id: Digest;
  /** As its bytes have it. */
  readonly config: ImageConfig;
  /** All instructions, FROM too. */
  readonly steps: readonly string[];
  /** Those that were done, and not found. */
  readonly done: readonly string[];
  /** Those whose programs ran. */
  readonly ran: readonly string[];
}

export interface Yard {
  readonly engine: engines.Engine;
  build(dockerfile: string, files?: Files, more?: Partial<BuildRequest> & { changed?: number }): Promise<Built>;
  /** Runs `body` with the tree that a container of this image would begin with. */
  look<T>(image: string, body: (tree: string) => T): Promise<T>;
  /** Whatever a build may leave behind: names in the store, and what stands in its book. */
  written(): string;
  /** What it may not: containers, folders of its own, snapshots that somebody is still at work on. */
  left(): Promise<string>;
}

export async function withYard<T>(
  { openEngine, buildImage }: Operations,
  body: (yard: Yard) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(process.env.DRYDOCK_RUN ?? tmpdir(), 'yard-'));
  // In memory: an engine waits for the disk at each step, and nothing of this one is for keeps.
  native.mount('tmpfs', folder, 'tmpfs', MS_NOSUID | MS_NODEV, 'size=64m,mode=700');
  try {
    const places = { root: join(folder, 'root'), run: join(folder, 'run') };
    const engine = await openEngine({ ...places, driver: 'overlay', bridge: 'drydock-none' });
    try {
      return await body(yardOf(engine, buildImage));
    } finally {
      await engine.close();
    }
  } finally {
    for (const { mountPoint } of readMountinfo().reverse()) if (mountPoint.startsWith(folder)) unmountAll(mountPoint);
    rmdirSync(folder);
  }
}

function yardOf(engine: engines.Engine, buildImage: Operations['buildImage']): Yard {
  const { root, run, store } = engine;
  const names = (place: string): string[] =>
    existsSync(join(root, place)) ? readdirSync(join(root, place)).sort() : [];
  return {
    engine,
    async build(dockerfile, files = {}, { changed = 0, ...more } = {}) {
      const events: BuildEvent[] = [];
      const context = archiveOf({ ...files, Dockerfile: dockerfile }, changed);
      const request = { context, signal: new AbortController().signal, ...more };
      const id = await buildImage(engine, request, {
        ...{ host: { NetworkMode: 'none' }, registry: {}, onProgress: () => undefined },
        tell: (event) => void events.push(event),
      });
      const bytes = readFileSync(join(root, 'content/blobs/sha256', hexOf(id)), 'utf8');
      return { id, config: JSON.parse(bytes) as ImageConfig, ...told(events) };
    },
    async look(image, body) {
      const { layers } = await findImage(store, image);
      const mounts = await store.snapshots.view('look', layers.at(-1)!.chainId);
      try {
        return await withMounted(mounts, join(run, 'look'), body);
      } finally {
        await store.snapshots.remove('look');
      }
    },
    written: () =>
      [
        readFileSync(join(root, 'images/db.json'), 'utf8'),
        ...names('content/blobs/sha256'),
        ...names('snapshots/overlay'),
      ].join(),
    async left() {
      const open = (await store.snapshots.walk()).filter(({ kind }) => kind !== 'committed');
      return (
        [...names('containers'), ...names('builder/builds'), ...open.map(({ name }) => name)].join(' ') || 'nothing'
      );
    },
  };
}

/** Which steps there were, and what became of them. */
function told(events: readonly BuildEvent[]): Pick<Built, 'steps' | 'done' | 'ran'> {
  const of = (kind: 'step' | 'cached' | 'running'): string[] =>
    events.flatMap((event) => (event.kind === kind && 'step' in event ? [event.step.text] : []));
  const [steps, cached] = [of('step'), of('cached')];
  const done = steps.filter((text) => !text.startsWith('FROM') && !cached.includes(text));
  return { steps, done, ran: of('running') };
}

/** What stands in a file of a tree. */
export const text =
  (path: string) =>
  (tree: string): string =>
    readFileSync(join(tree, path), 'utf8');

/** The rights of a file, as chmod(1) takes them. */
export const modeOf =
  (path: string) =>
  (tree: string): string =>
    (statSync(join(tree, path)).mode & 0o7777).toString(8);

/** A RUN of two, of which each waits for a word of the other: one after the other they would wait for nobody. */
export const waits = (own: string, other: string): string =>
  `RUN --mount=type=cache,id=quay,target=/quay touch /quay/${own}; for i in $(seq 300); do [ -e /quay/${other} ] && exit; sleep 0.01; done; false`;

/** The context as a client sends it. `changed` is when all of it was last written. */
function archiveOf(files: Files, changed: number): AsyncIterable<Uint8Array> {
  const facts = { uid: 0, gid: 0, mtime: { seconds: changed, nanoseconds: 0 } };
  return writeTar(
    Object.entries(files).map(([name, content]): WrittenEntry => {
      const path = Buffer.from(name);
      if (typeof content !== 'string')
        return { ...facts, type: 'symlink', path, mode: 0o777, size: 0, target: Buffer.from(content.link) };
      const data = Buffer.from(content);
      return { ...facts, type: 'file', path, mode: 0o644, size: data.length, data };
    }),
  );
}
