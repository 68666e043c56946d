/**
 * Which blobs go: those that nothing leads to. Nothing is counted, because counts are wrong after a crash; what is in
 * use is found anew each time, from the roots (images, snapshots) and the leases.
 *
 * Invariant: the leases are read before the roots are asked. Who brings an image writes it into the books first and
 * releases the lease then: so a lease that is gone already has its image among the roots.
 */
import type { Blobs } from './blobs.ts';
import type { Collected, CollectRequest } from './content.ts';
import type { Digest } from './digest.ts';
import type { Ingests } from './ingest.ts';
import type { Leases } from './leases.ts';

/** After so many milliseconds nobody comes back to go on with a part. */
export const staleAfter = 24 * 60 * 60 * 1000;

/** For a caller who has the store's lock alone. */
export async function collect(
  blobs: Blobs,
  leases: Leases,
  ingests: Ingests,
  { roots, children, stale = staleAfter }: CollectRequest,
): Promise<Collected> {
  const held = await leases.held();
  const used = await reachable([...held, ...(await roots())], children);
  const parts = await ingests.collect(stale);
  const gone: Digest[] = [];
  let freed = parts.freed;
  for (const { digest, size } of await blobs.list()) {
    if (used.has(digest)) continue;
    await blobs.delete(digest);
    gone.push(digest);
    freed += size;
  }
  return { blobs: gone, ingests: parts.ingests, freed };
}

async function reachable(from: Digest[], children: CollectRequest['children']): Promise<Set<Digest>> {
  const found = new Set(from);
  // A set may grow while it is walked.
  for (const digest of found) for (const child of await children(digest)) found.add(child);
  return found;
}
