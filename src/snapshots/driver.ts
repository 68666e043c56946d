/**
 * What one storage driver does, below the life of a snapshot, which store.ts keeps for all of them.
 *
 * The store gives each snapshot a folder with a record in it, and sees that nobody else is at work there. The driver
 * puts into the folder what it calls a tree (a directory, a subvolume, the number of a device), and says what to mount.
 *
 *     claim      what it will take, decided before anything is made and saved with the record
 *     make       fills the folder of a new snapshot, while it lies aside and nobody knows it
 *     seal       what a commit needs, after its record and before the folder is renamed; again after a crash
 *     destroy    takes everything back that claim and make have taken, also after half a make, also twice
 *
 * A driver holds no state in memory that it could not find again, because other processes work with the same snapshots.
 */
import { DrydockError } from '../errors.ts';
import type { Mount } from './mount.ts';
import type { Place } from './record.ts';
import type { Difference, DriverName, Target, Usage } from './snapshotter.ts';

/** A snapshot and those below it, nearest first. */
export type Chain = readonly Place[];

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

export interface Driver {
  readonly name: DriverName;
  readonly stacking: boolean;

  /**
   * Throws DRIVER_UNSUPPORTED, with the reason, when it cannot work in this folder, which exists. Makes what all snapshots
   * share. Nothing is left behind when it throws.
   */
  open(root: string): Promise<void> | void;
  /** What a new snapshot of this name will take; `taken` are the claims of all that there are. One at a time. */
  claim?(name: string, taken: readonly Json[]): Json;
  make(at: Place, chain: Chain): Promise<void> | void;
  /** It gets a parent, at its commit; where the driver is `stacking`. */
  adopt?(at: Place, parent: Place): Promise<void> | void;
  /** It has been committed: its record has its name, its folder not yet. */
  seal?(at: Place): Promise<void> | void;
  destroy(at: Place): Promise<void> | void;

  mounts(at: Place, chain: Chain): Promise<Mount[]> | Mount[];
  usage(at: Place, chain: Chain): Promise<Usage> | Usage;
  withTarget<T>(at: Place, body: (target: Target) => Promise<T> | T): Promise<T>;
  withDifference<T>(at: Place, chain: Chain, body: (difference: Difference) => Promise<T> | T): Promise<T>;
  /** Takes away what no snapshot has a claim to; `claims` are those of all that there are. Answers a sentence for each. */
  cleanup?(claims: readonly Json[]): Promise<string[]> | string[];
  close?(): Promise<void> | void;
}

/** The one refusal of a driver: its name, and why. */
export function unsupported(name: DriverName, why: string, cause?: unknown): DrydockError {
  return new DrydockError('DRIVER_UNSUPPORTED', `the storage driver '${name}' cannot be used: ${why}`, {
    hint: 'leave out --storage-driver, and the best of those that work here is taken',
    cause,
  });
}
