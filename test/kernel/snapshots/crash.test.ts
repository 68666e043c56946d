/** Kills, for the drivers that this machine has. */
import { crashes } from './crash.ts';
import { candidates } from './drivers.ts';

for (const candidate of [candidates.overlay, candidates.vfs, candidates.btrfs]) crashes(candidate);
