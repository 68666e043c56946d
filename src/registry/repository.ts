/**
 * One repository, over the servers that have it: its own, and mirrors before it for what is fetched. A mirror that
 * fails once is not asked again; a person who has set one wants to be faster, not to wait for it. What a mirror hands
 * out is checked as anything is, and our credentials for the registry are none of its business: it has its own.
 */
import type { Readable } from 'node:stream';
import type { Descriptor } from '../content/descriptor.ts';
import { DrydockError } from '../errors.ts';
import { fetchBlob, hasBlob, type Source } from './blobs.ts';
import { readUpTo } from './body.ts';
import { listTags } from './catalog.ts';
import { endpointOf, mirrorsOf, type Endpoint } from './endpoint.ts';
import { getManifest, headManifest, putManifest } from './manifests.ts';
import type {
  BlobSource,
  FetchOptions,
  Pushed,
  PushOptions,
  RegistryOptions,
  Repository,
  Resolved,
} from './registry.ts';
import { withDefaultTag, type Reference } from './reference.ts';
import { retrying } from './retry.ts';
import type { Server } from './send.ts';
import { connect, type Connection } from './server.ts';
import { pushBlob } from './upload.ts';

/** Opens a repository. Nothing is sent yet. Throws REFERENCE_INVALID for a domain that is no address. */
export function openRepository(reference: Reference, options: RegistryOptions = {}): Repository {
  const { domain } = reference;
  const own = endpointOf(domain, options.insecure);
  return new OpenRepository(reference, own, mirrorsOf(domain, options.mirrors, options.insecure), options);
}

class OpenRepository implements Repository {
  private readonly own: Connection;
  /** Those that are still worth asking. */
  private readonly mirrors: Connection[];

  constructor(
    readonly reference: Reference,
    own: Endpoint,
    mirrors: readonly Endpoint[],
    private readonly options: RegistryOptions,
  ) {
    this.own = connect(own, options);
    this.mirrors = mirrors.map((mirror) => connect(mirror, options));
    this.all = [this.own, ...this.mirrors];
  }

  private readonly all: readonly Connection[];

  head(name = this.name()): Promise<Descriptor | undefined> {
    return this.reading((server) => headManifest(server, this.reference.path, name));
  }

  async resolve(name = this.name(), signal?: AbortSignal): Promise<Resolved> {
    const { path } = this.reference;
    return this.reading((server) => getManifest(server, path, name, signal), signal);
  }

  fetch(blob: Descriptor, options: FetchOptions = {}): Readable {
    return fetchBlob((failed) => this.next(failed), this.reference.path, blob, options, this.options);
  }

  async read(blob: Descriptor, limit: number, signal?: AbortSignal): Promise<Buffer> {
    const bytes = blob.size <= limit ? await readUpTo(limit, this.fetch(blob, { signal })) : undefined;
    if (bytes) return bytes;
    throw new DrydockError(
      'MANIFEST_INVALID',
      `${blob.digest}: it has ${blob.size} bytes, and ${limit} are read at most`,
    );
  }

  has(blob: Descriptor): Promise<boolean> {
    return this.writing((server) => hasBlob(server, this.reference.path, blob));
  }

  async push(blob: Descriptor, source: BlobSource, options: PushOptions = {}): Promise<Pushed> {
    const server = await retrying(this.options, options.signal, () => this.own.server());
    return pushBlob({ server, path: this.reference.path }, blob, source, options, this.options);
  }

  put(name: string, manifest: Resolved): Promise<void> {
    return this.writing((server) => putManifest(server, this.reference.path, name, manifest));
  }

  leaveMirrors(): boolean {
    return this.mirrors.splice(0).length > 0;
  }

  tags(): Promise<string[]> {
    return this.writing((server) => listTags(server, this.reference.path));
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((connection) => connection.close()));
  }

  private name(): string {
    const { digest, tag } = withDefaultTag(this.reference);
    return digest ?? tag!;
  }

  private writing<T>(body: (server: Server) => Promise<T>): Promise<T> {
    return retrying(this.options, undefined, async () => body(await this.own.server()));
  }

  private async reading<T>(body: (server: Server) => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (const mirror of [...this.mirrors])
      try {
        return await body(await mirror.server());
      } catch (error) {
        signal?.throwIfAborted();
        this.forget(mirror);
        this.options.onMirrorFailed?.(mirror.endpoint.registry, error as Error);
      }
    return retrying(this.options, signal, async () => body(await this.own.server()));
  }

  private forget(mirror: Source): void {
    const at = this.mirrors.findIndex((one) => one === mirror);
    if (at !== -1) this.mirrors.splice(at, 1);
  }

  private next(failed?: Source): Source {
    if (failed) this.forget(failed);
    return this.mirrors[0] ?? this.own;
  }
}
