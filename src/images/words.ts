/** The words of Docker's progress stream, as people and scripts know them. */
import { hexOf, type Digest } from '../content/digest.ts';
import type { TransferEvent } from '../registry/registry.ts';
import type { Progress } from './images.ts';

/** The first 12 digits: how a layer or an image is called on a line. */
export const shortId = (digest: Digest): string => hexOf(digest).slice(0, 12);

/** A line about one blob. */
export const line = (id: string, status: string): Progress => ({ id, status });

/** A line with a bar. */
export const bar = (id: string, status: string, current: number, total: number): Progress => ({
  id,
  status,
  progressDetail: { current, total },
});

const arriving: Record<Exclude<TransferEvent['state'], 'running' | 'retrying' | 'mounted'>, string> = {
  waiting: 'Pulling fs layer',
  exists: 'Download complete',
  verifying: 'Verifying Checksum',
  done: 'Download complete',
};

/** What `pull` says of a blob that comes in. */
export function pulling(event: TransferEvent): Progress {
  const id = shortId(event.blob.digest);
  if (event.state === 'running') return bar(id, 'Downloading', event.current, event.blob.size);
  if (event.state === 'retrying') return line(id, `Retrying: ${event.reason}`);
  return line(id, arriving[event.state as keyof typeof arriving]);
}

const leaving: Record<Exclude<TransferEvent['state'], 'running' | 'retrying' | 'mounted'>, string> = {
  waiting: 'Waiting',
  exists: 'Layer already exists',
  verifying: 'Pushing',
  done: 'Pushed',
};

/** What `push` says of a blob that goes out; `id` is the layer's as we know it, not as it travels. */
export function pushing(event: TransferEvent, id: string): Progress {
  if (event.state === 'running') return bar(id, 'Pushing', event.current, event.blob.size);
  if (event.state === 'retrying') return line(id, `Retrying: ${event.reason}`);
  if (event.state === 'mounted') return line(id, `Mounted from ${event.from}`);
  return line(id, leaving[event.state]);
}
