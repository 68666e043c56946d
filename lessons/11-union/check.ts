/**
 * What has to hold in lesson union: the order of the layers (check-chain.ts), then their marks, onto the disk
 * (check-to-disk.ts) and back (check-from-disk.ts). The kernel judges: it stacks, it hides, and it leaves the marks that
 * have to be understood.
 */
import { chainChecks } from './check-chain.ts';
import { fromDiskChecks } from './check-from-disk.ts';
import { toDiskChecks } from './check-to-disk.ts';

export const checks = [...chainChecks, ...toDiskChecks, ...fromDiskChecks];
