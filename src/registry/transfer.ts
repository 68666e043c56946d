/**
 * Many blobs at once, a few at a time, as Docker does: 3 down, 5 up. Events tell what happens to each; whoever shows them
 * has the words and the bars.
 *
 * The first failure ends the others: they would bring bytes for nothing. What has come of them stays in the content
 * store, and the next pull goes on there.
 */
import type { Content, Ingest, Lease } from '../content/content.ts';
import type { Descriptor } from '../content/descriptor.ts';
import { DrydockError } from '../errors.ts';
import type { OnTransfer, PushOptions, Repository } from './registry.ts';

export const DOWNLOADS = 3;
export const UPLOADS = 5;

export interface TransferOptions {
  readonly concurrency?: number;
  readonly onTransfer?: OnTransfer;
  /** Called when a blob begins to come in, and again when it has to begin anew. */
  readonly onIngest?: OnIngest;
  readonly signal?: AbortSignal;
}

export type OnIngest = (blob: Descriptor, ingest: Pick<Ingest, 'offset' | 'open'>) => void;

/** Where blobs go, and what holds them until something leads to them. */
export interface Target {
  readonly content: Pick<Content, 'ingest'>;
  readonly lease: Lease;
}

/** Fetches into the content store what is not there. Resolves when all of it is there, checked, and held by the lease. */
export async function download(
  repository: Repository,
  blobs: readonly Descriptor[],
  target: Target,
  { concurrency = DOWNLOADS, onTransfer = () => undefined, onIngest = () => undefined, signal }: TransferOptions = {},
): Promise<void> {
  await each(blobs, concurrency, onTransfer, signal, (blob, signal) =>
    fetchInto(repository, blob, target, { onTransfer, onIngest }, signal),
  );
}

/** Sends what the repository has not got. */
export async function upload(
  repository: Repository,
  blobs: readonly Descriptor[],
  content: Pick<Content, 'stream'>,
  {
    concurrency = UPLOADS,
    onTransfer = () => undefined,
    signal,
    ...how
  }: TransferOptions & Pick<PushOptions, 'chunkSize' | 'mountFrom'> = {},
): Promise<void> {
  await each(blobs, concurrency, onTransfer, signal, async (blob, signal) => {
    const source = { open: (offset: number) => content.stream(blob.digest, { offset }) };
    const onProgress = (current: number): void => onTransfer({ blob, state: 'running', current });
    const pushed = await repository.push(blob, source, { ...how, signal, onProgress });
    if (pushed.how === 'mounted') onTransfer({ blob, state: 'mounted', from: pushed.from });
    else onTransfer({ blob, state: pushed.how === 'exists' ? 'exists' : 'done' });
  });
}

async function each(
  blobs: readonly Descriptor[],
  concurrency: number,
  onTransfer: OnTransfer,
  signal: AbortSignal | undefined,
  work: (blob: Descriptor, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const queue = [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
  for (const blob of queue) onTransfer({ blob, state: 'waiting' });
  const failure = new AbortController();
  const both = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
  const worker = async (): Promise<void> => {
    for (let blob = queue.shift(); blob && !both.aborted; blob = queue.shift()) await work(blob, both);
  };
  const workers = Array.from({ length: concurrency }, () =>
    worker().catch((error: unknown) => {
      failure.abort(failure.signal.reason ?? error);
      throw error;
    }),
  );
  // All of them, so that nobody writes any more when we answer; then the first failure, which ended the others.
  await Promise.allSettled(workers);
  signal?.throwIfAborted();
  if (failure.signal.aborted) throw failure.signal.reason;
}

async function fetchInto(
  repository: Repository,
  blob: Descriptor,
  { content, lease }: Target,
  { onTransfer, onIngest }: { onTransfer: OnTransfer; onIngest: OnIngest },
  signal: AbortSignal,
): Promise<void> {
  for (let isSecond = false; ; isSecond = true) {
    const { digest, size } = blob;
    const ingest = await content.ingest({ key: digest, digest, size, lease, signal });
    if (!ingest) return onTransfer({ blob, state: 'exists' });
    const hadPart = ingest.offset > 0;
    onIngest(blob, ingest);
    try {
      return await fill(repository, blob, ingest, onTransfer, signal);
    } catch (error) {
      // What an earlier pull has left may be what is wrong, or a mirror: both are gone now, so once more from the beginning.
      const isWrong = error instanceof DrydockError && error.code === 'DIGEST_MISMATCH';
      if (!isWrong || isSecond || !(repository.leaveMirrors() || hadPart)) throw error;
      onTransfer({ blob, state: 'retrying', current: 0, reason: error.message });
    }
  }
}

async function fill(
  repository: Repository,
  blob: Descriptor,
  ingest: Ingest,
  onTransfer: OnTransfer,
  signal: AbortSignal,
): Promise<void> {
  let current = ingest.offset;
  try {
    const stream = repository.fetch(blob, {
      offset: current,
      isCheckedElsewhere: true,
      signal,
      onRetry: (at, { message }) => onTransfer({ blob, state: 'retrying', current: at, reason: message }),
    });
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      await ingest.write(chunk);
      current += chunk.length;
      onTransfer({ blob, state: 'running', current });
    }
    onTransfer({ blob, state: 'verifying' });
    await ingest.commit();
    onTransfer({ blob, state: 'done' });
  } finally {
    await ingest.close();
  }
}
