/**
 * SOURCE_DATE_EPOCH: one moment for everything that the build itself makes, so that the same source gives the same bytes.
 * Times of files that are later become that moment; earlier ones came from somewhere, and stay.
 * https://reproducible-builds.org/specs/source-date-epoch/
 */
import type { Time } from '../layers/types.ts';
import type { WrittenEntry } from '../layers/tar/write.ts';
import type { Build } from './builder.ts';

export const timeOf = ({ now, epoch }: Pick<Build, 'now' | 'epoch'>): Time =>
  epoch === undefined
    ? { seconds: Math.floor(now.getTime() / 1000), nanoseconds: (now.getTime() % 1000) * 1e6 }
    : { seconds: epoch, nanoseconds: 0 };

/** The entries, none of them later than the epoch. */
export async function* notLater(
  entries: AsyncIterable<WrittenEntry>,
  epoch: number | undefined,
): AsyncGenerator<WrittenEntry> {
  for await (const entry of entries) {
    const isLater = epoch !== undefined && entry.mtime.seconds >= epoch;
    yield isLater ? { ...entry, mtime: { seconds: epoch, nanoseconds: 0 }, atime: undefined } : entry;
  }
}
