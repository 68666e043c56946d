/**
 * A yard: an engine with folders of its own, in which something is built and looked at; all of it goes when the body has
 * ended. What an image says is read from the bytes on the disk, and not asked of the code that is to be judged.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildEvent, BuildRequest } from '../../src/builder/builder.ts';
import { hexOf, type Digest } from '../../src/content/digest.ts';
import type * as engines from '../../src/engine/index.ts';
import type { ImageConfig } from '../../src/images/config.ts';
import { findImage } from '../../src/images/find.ts';
import { writeTar, type WrittenEntry } from '../../src/layers/index.ts';
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
  const root = join(folder, 'root');
  const engine = await openEngine({ root, run: join(folder, 'run'), driver: 'overlay', bridge: 'drydock-none' });
  const names = (place: string): string[] =>
    existsSync(join(root, place)) ? readdirSync(join(root, place)).sort() : [];
  try {
    return await body({
      engine,
      async build(dockerfile, files = {}, { changed = 0, ...more } = {}) {
        const events: BuildEvent[] = [];
        const context = archiveOf({ ...files, Dockerfile: dockerfile }, changed);
        const request = { context, signal: new AbortController().signal, ...more };
        const id = await buildImage(engine, request, {
          ...{ host: { NetworkMode: 'none' }, registry: {}, onProgress: () => undefined },
          tell: (event) => events.push(event),
        });
        const told = (kind: 'step' | 'cached' | 'running'): string[] =>
          events.flatMap((event) => (event.kind === kind && 'step' in event ? [event.step.text] : []));
        const [steps, cached] = [told('step'), told('cached')];
        return {
          id,
          config: JSON.parse(readFileSync(join(root, 'content/blobs/sha256', hexOf(id)), 'utf8')) as ImageConfig,
          steps,
          done: steps.filter((text) => !text.startsWith('FROM') && !cached.includes(text)),
          ran: told('running'),
        };
      },
      async look(image, body) {
        const { layers } = await findImage(engine.store, image);
        const mounts = await engine.store.snapshots.view('look', layers.at(-1)!.chainId);
        try {
          return await withMounted(mounts, join(folder, 'look'), body);
        } finally {
          await engine.store.snapshots.remove('look');
        }
      },
      written: () =>
        [
          readFileSync(join(root, 'images/db.json'), 'utf8'),
          ...names('content/blobs/sha256'),
          ...names('snapshots/overlay'),
        ].join(),
      async left() {
        const open = (await engine.store.snapshots.walk()).filter(({ kind }) => kind !== 'committed');
        return (
          [...names('containers'), ...names('builder/builds'), ...open.map(({ name }) => name)].join(' ') || 'nothing'
        );
      },
    });
  } finally {
    await engine.close();
    for (const { mountPoint } of readMountinfo()) if (mountPoint.startsWith(folder)) unmountAll(mountPoint);
    rmSync(folder, { recursive: true });
  }
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
