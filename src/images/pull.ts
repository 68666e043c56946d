/**
 * `pull`: an image from a registry.
 *
 *     tag ── HEAD ──▶ digest, known here? ──▶ "Image is up to date"
 *      │
 *      └─ GET ──▶ index ──▶ manifest of our platform ──▶ config ──▶ layers, three at a time ──▶ snapshots ──▶ db.json
 *
 * A layer is unpacked as soon as it is here, while others still come; a large one on its way already (unpack.ts). What
 * has come in stays when a pull is cut off: whole blobs until their lease ends, parts of blobs until nobody has gone on
 * with them for a day; the next pull continues.
 *
 * The words are Docker's.
 */
import type { Lease } from '../content/content.ts';
import type { Platform } from '../content/descriptor.ts';
import type { Digest } from '../content/digest.ts';
import { DrydockError } from '../errors.ts';
import { familiar, printReference, repositoryName, withDefaultTag, type Reference } from '../registry/reference.ts';
import type { RegistryOptions, Repository, Resolved, TransferEvent } from '../registry/registry.ts';
import { openRepository } from '../registry/repository.ts';
import { download, type OnIngest } from '../registry/transfer.ts';
import { Arrivals } from './arrivals.ts';
import { MAX_CONFIG } from './config.ts';
import type { OnProgress, Store } from './images.ts';
import { parseImageManifest, parseIndex } from './manifest.ts';
import { isIndexType } from './media-types.ts';
import { choose, demandPlatform, hostPlatform } from './platform.ts';
import { candidate, register, withLease, type Candidate } from './register.ts';
import { notUnpacked, unpackLayers } from './unpack.ts';
import { bar, line, pulling, shortId } from './words.ts';

export interface PullOptions {
  readonly registry?: RegistryOptions;
  /** Default: this machine's. */
  readonly platform?: Platform;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

export interface Pulled {
  readonly id: Digest;
  /** What the name leads to in the registry: of an index or a manifest. */
  readonly digest: Digest;
  /** Whether anything had to be fetched. */
  readonly isNew: boolean;
}

/** One image. Throws REGISTRY, UNAUTHORIZED, MANIFEST_INVALID, PLATFORM_MISSING or DIGEST_MISMATCH. */
export async function pull(store: Store, wanted: Reference, options: PullOptions = {}): Promise<Pulled> {
  const reference = withDefaultTag(wanted);
  const repository = openRepository(reference, { ...options.registry, signal: options.signal });
  try {
    return await new Pull(store, repository, reference, options).run();
  } finally {
    await repository.close();
  }
}

/** Every tag of a repository, as `pull --all-tags`. */
export async function pullAll(store: Store, wanted: Reference, options: PullOptions = {}): Promise<Pulled[]> {
  const repository = openRepository(wanted, { ...options.registry, signal: options.signal });
  try {
    const pulled: Pulled[] = [];
    for (const tag of await repository.tags())
      pulled.push(await new Pull(store, repository, { ...wanted, tag }, options).run());
    return pulled;
  } finally {
    await repository.close();
  }
}

class Pull {
  private readonly tell: OnProgress;

  constructor(
    private readonly store: Store,
    private readonly repository: Repository,
    private readonly reference: Reference,
    private readonly options: PullOptions,
  ) {
    this.tell = options.onProgress ?? (() => undefined);
  }

  async run(): Promise<Pulled> {
    const { reference, tell } = this;
    const known = await this.known();
    if (known) this.tellBeginning();
    const pulled = known ?? (await withLease(this.store, 'pull', (lease) => this.fetch(lease)));
    tell({ status: `Digest: ${pulled.digest}` });
    const what = pulled.isNew ? 'Downloaded newer image' : 'Image is up to date';
    tell({ status: `Status: ${what} for ${familiar(reference)}` });
    return pulled;
  }

  /** When it is known that there is something: what goes wrong before has a status of its own over HTTP. */
  private tellBeginning(): void {
    const { digest, tag, path } = this.reference;
    this.tell(line(digest ?? tag!, `Pulling from ${path}`));
  }

  /** What the name leads to is here already: only the tag may have to be moved. */
  private async known(): Promise<Pulled | undefined> {
    const digest = (await this.repository.head(this.name()))?.digest;
    const id = digest && this.store.db.read().digests[this.nameOf(digest)];
    // An index leads to another image for another platform.
    if (!id || this.options.platform) return undefined;
    await this.store.db.change((data) => {
      if (data.images[id]) Object.assign(data.tags, Object.fromEntries(this.tags().map((tag) => [tag, id])));
    });
    return { id, digest, isNew: false };
  }

  private async fetch(lease: Lease): Promise<Pulled> {
    const { store, repository, options } = this;
    const top = await repository.resolve(this.name(), options.signal);
    this.tellBeginning();
    const manifest = await this.manifestOf(top);
    const image = await this.describe(manifest, lease);
    this.checkPlatform(image);
    const isNew = store.db.read().images[image.id] === undefined;
    await this.bring(image, lease);
    await store.content.put(manifest.bytes, lease, manifest.descriptor.mediaType);
    const { digest } = top.descriptor;
    await register(store, image, { tags: this.tags(), digests: [this.nameOf(digest)] });
    return { id: image.id, digest, isNew };
  }

  private async manifestOf({ descriptor, bytes }: Resolved): Promise<Resolved> {
    if (!isIndexType(descriptor.mediaType)) return { descriptor, bytes };
    const name = printReference(this.reference);
    const { manifests } = parseIndex(bytes, descriptor.mediaType, name);
    const chosen = choose(manifests, this.options.platform ?? hostPlatform(), name);
    const resolved = await this.repository.resolve(chosen.digest, this.options.signal);
    if (resolved.descriptor.size === chosen.size) return resolved;
    throw new DrydockError('DIGEST_MISMATCH', `${chosen.digest} has ${resolved.descriptor.size} bytes`, {
      hint: `the index of ${name} says ${chosen.size}`,
    });
  }

  /** The image, when of all its blobs only the config is here. */
  private async describe({ descriptor, bytes }: Resolved, lease: Lease): Promise<Candidate> {
    const { config } = parseImageManifest(bytes, descriptor.mediaType, `the manifest ${descriptor.digest}`);
    await download(this.repository, [config], { content: this.store.content, lease }, { signal: this.options.signal });
    return candidate(descriptor, bytes, await this.store.content.read(config.digest, MAX_CONFIG));
  }

  private checkPlatform({ config }: Candidate): void {
    const { platform } = this.options;
    if (platform) demandPlatform(config, platform, familiar(this.reference));
  }

  /** Downloads and unpacks, side by side. */
  private async bring({ layers }: Candidate, lease: Lease): Promise<void> {
    const { store, repository, tell } = this;
    const waiting = await notUnpacked(store, layers);
    const arrivals = new Arrivals(layers);
    const here = new Set<Digest>();
    for (const layer of layers) {
      if (waiting.includes(layer) || !(await store.content.stat(layer.blob.digest))) continue;
      here.add(layer.blob.digest);
      tell(line(shortId(layer.blob.digest), 'Already exists'));
    }
    const failure = new AbortController();
    const signal = AbortSignal.any([failure.signal, ...(this.options.signal ? [this.options.signal] : [])]);
    const onTransfer = (event: TransferEvent): void => {
      if (!here.has(event.blob.digest)) tell(pulling(event));
      if (event.state === 'running') arrivals.grows(event.blob, event.current);
      if (event.state === 'done' || event.state === 'exists') arrivals.isHere(event.blob);
    };
    const onIngest: OnIngest = (blob, ingest) => arrivals.begins(blob, ingest);
    const blobs = layers.map(({ blob }) => blob);
    const concurrency = this.options.registry?.downloads;
    const how = { concurrency, onTransfer, onIngest, signal };
    const downloaded = download(repository, blobs, { content: store.content, lease }, how);
    downloaded.catch((error: unknown) => arrivals.fail(error));
    const unpacked = unpackLayers(store, layers, {
      signal,
      coming: ({ blob }) => arrivals.coming(blob),
      arrived: ({ blob }) => arrivals.whole(blob),
      // One line for each layer: it tells of the download until that is over.
      onProgress: ({ blob }, bytes) =>
        arrivals.isWhole(blob) && tell(bar(shortId(blob.digest), 'Extracting', bytes, blob.size)),
      onUnpacked: ({ blob }) => tell(line(shortId(blob.digest), 'Pull complete')),
    });
    unpacked.catch((error: unknown) => failure.abort(error));
    const [first, second] = await Promise.allSettled([unpacked, downloaded]);
    for (const result of [second, first]) if (result.status === 'rejected') throw result.reason;
  }

  private name(): string {
    return this.reference.digest ?? this.reference.tag!;
  }

  private nameOf(digest: Digest): string {
    return `${repositoryName(this.reference)}@${digest}`;
  }

  /** None for a name with a digest: the tag beside it is decoration. */
  private tags(): string[] {
    return this.reference.digest ? [] : [printReference(this.reference)];
  }
}
