/**
 * Sending a blob to a repository.
 *
 *     HEAD …/blobs/sha256:…                                     200: it is there
 *     POST …/blobs/uploads/?mount=sha256:…&from=team/base       201: it was in another repository, and is here now
 *                                                               202, Location: where to send it
 *     whole      PUT  Location?digest=sha256:…    all of it     201
 *     in pieces  PATCH Location                   a piece       202, Location: where to send the next
 *                PUT  Location?digest=sha256:…    nothing       201: hashed, and the same
 *
 * After a cut the registry is asked how far it got (GET Location: Range: 0-699). If it does not know the upload any
 * more, or cannot tell, it begins anew. The Location is the registry's own business and is different each time; what it
 * holds after the question mark is as good as a password for this upload, so it is neither logged nor told.
 */
import { Readable } from 'node:stream';
import type { Descriptor } from '../content/descriptor.ts';
import { told, type Answer, type Ask } from './ask.ts';
import { hasBlob } from './blobs.ts';
import { discard } from './body.ts';
import { Passing, RegistryError } from './failure.ts';
import { refusal } from './refusal.ts';
import type { BlobSource, Pushed, PushOptions } from './registry.ts';
import { pause, type Patience } from './retry.ts';
import type { Server } from './send.ts';
import { repositoryScope } from './token.ts';

/** One repository of one server. */
export interface Place {
  readonly server: Server;
  readonly path: string;
}

export async function pushBlob(
  place: Place,
  blob: Descriptor,
  source: BlobSource,
  options: PushOptions,
  patience: Patience,
): Promise<Pushed> {
  const upload = new Upload(place, blob, source, options);
  for (let failures = 0; ;)
    try {
      return await upload.run();
    } catch (error) {
      await pause(error, ++failures, patience, options.signal);
      await upload.whereWereWe();
    }
}

class Upload {
  /** Where the next piece goes; undefined: the upload has not begun. */
  private location?: URL;
  /** How many bytes the registry has. */
  private at = 0;

  constructor(
    private readonly place: Place,
    private readonly blob: Descriptor,
    private readonly source: BlobSource,
    private readonly options: PushOptions,
  ) {}

  async run(): Promise<Pushed> {
    if (!this.location) {
      const { server, path } = this.place;
      if (await hasBlob(server, path, this.blob, this.scopes())) return { how: 'exists' };
      const from = await this.begin();
      if (from !== undefined) return { how: 'mounted', from };
    }
    const { chunkSize } = this.options;
    // What was cut is finished in pieces: a PUT cannot say that it goes on from somewhere.
    if (chunkSize === undefined && this.at === 0) await this.sendWhole();
    else await this.sendPieces(chunkSize ?? this.blob.size);
    return { how: 'sent' };
  }

  /** After a cut: goes on from where the registry says, or from the beginning if it does not. */
  async whereWereWe(): Promise<void> {
    const { location } = this;
    if (!location) return;
    [this.location, this.at] = [undefined, 0];
    const answer = await this.ask({ method: 'GET', url: location }).catch((error: unknown) => {
      if (!(error instanceof Passing || error instanceof RegistryError)) throw error;
    });
    if (!answer) return;
    await discard(answer.body);
    const last = /^(?:bytes=)?0-(\d+)$/.exec(answer.header('range') ?? '')?.[1];
    const isKnown = answer.status === 204 && last !== undefined && Number(last) < this.blob.size;
    if (!isKnown) return;
    this.location = this.locationIn(answer, location);
    // `0-0` is one byte, or none: registries disagree. One byte that is sent twice would be an error, so all is sent anew.
    if (Number(last) === 0) this.location = undefined;
    else this.at = Number(last) + 1;
  }

  /** Begins, in the hope of a mount; answers with the repository that it could be mounted from. */
  private async begin(): Promise<string | undefined> {
    const { server, path } = this.place;
    for (const from of [...(this.options.mountFrom ?? []), undefined]) {
      const query: Record<string, string> = from === undefined ? {} : { mount: this.blob.digest, from };
      const ask: Ask = { method: 'POST', url: server.at(`/v2/${path}/blobs/uploads/`, query), body: () => '' };
      const answer = await this.ask(ask, from);
      if (answer.status === 201 && from !== undefined) {
        await discard(answer.body);
        return from;
      }
      if (answer.status !== 202) {
        // The other repository may not be ours to read; that is no reason not to send the blob.
        if (from === undefined) throw await refusal(ask, answer);
        await discard(answer.body);
        continue;
      }
      await discard(answer.body);
      this.location = this.locationIn(answer, ask.url);
      return undefined;
    }
    return undefined;
  }

  private async sendWhole(): Promise<void> {
    const { size } = this.blob;
    const body = (): Promise<Readable> => this.bytes(0, size);
    await this.finish({ ...octets(size), ...(size > 0 ? { body } : { body: () => '' }) });
  }

  private async sendPieces(chunkSize: number): Promise<void> {
    const { size } = this.blob;
    while (this.at < size) {
      const [from, to] = [this.at, Math.min(this.at + chunkSize, size)];
      const octet = octets(to - from);
      const headers = { ...octet.headers, 'content-range': `${from}-${to - 1}` };
      const ask: Ask = { method: 'PATCH', url: this.location!, headers, body: () => this.bytes(from, to) };
      const answer = await this.ask(ask);
      if (answer.status !== 202 && answer.status !== 204) throw await this.outOfStep(ask, answer);
      await discard(answer.body);
      this.location = this.locationIn(answer, ask.url);
      this.at = to;
    }
    await this.finish({ ...octets(0), body: () => '' });
  }

  private async finish(how: Pick<Ask, 'headers' | 'body'>): Promise<void> {
    const url = new URL(this.location!);
    url.searchParams.append('digest', this.blob.digest);
    const ask: Ask = { method: 'PUT', url, ...how };
    const answer = await this.ask(ask);
    if (answer.status !== 201 && answer.status !== 204) throw await this.outOfStep(ask, answer);
    await discard(answer.body);
  }

  /** 404 and 416 say that the registry has another idea of this upload than we have: that can be put right, from the beginning. */
  private async outOfStep(ask: Ask, answer: Answer): Promise<Error> {
    const error = await refusal(ask, answer);
    return answer.status === 404 || answer.status === 416 ? new Passing(error.message, 0, answer.status) : error;
  }

  private ask(ask: Ask, from?: string): Promise<Answer> {
    return this.place.server.ask({ ...ask, scopes: this.scopes(from), signal: this.options.signal });
  }

  /** A mount reads another repository; the token has to be good for both. */
  private scopes(from?: string): string[] {
    const ours = repositoryScope(this.place.path, 'pull', 'push');
    return from === undefined ? [ours] : [ours, repositoryScope(from, 'pull')];
  }

  private locationIn(answer: Answer, base: URL): URL {
    const location = answer.header('location') ?? '';
    if (location !== '' && URL.canParse(location, base.href)) return new URL(location, base);
    throw told({ method: 'POST', url: base }, 'the registry does not say where to send the blob');
  }

  private async bytes(from: number, to: number): Promise<Readable> {
    const { source, options } = this;
    const stream = await source.open(from);
    return Readable.from(
      counted(stream, to - from, (sent) => options.onProgress?.(from + sent)),
      { objectMode: false },
    );
  }
}

function octets(length: number): { headers: Record<string, string> } {
  return { headers: { 'content-type': 'application/octet-stream', 'content-length': String(length) } };
}

/** So many bytes of a stream, which is ended then. */
async function* counted(stream: Readable, length: number, onProgress: (sent: number) => void): AsyncGenerator<Buffer> {
  let sent = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const piece = chunk.length > length - sent ? chunk.subarray(0, length - sent) : chunk;
      sent += piece.length;
      if (piece.length > 0) yield piece;
      onProgress(sent);
      if (sent === length) return;
    }
  } finally {
    stream.destroy();
  }
}
