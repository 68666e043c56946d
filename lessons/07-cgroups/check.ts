/**
 * What the kernel has to confirm in lesson cgroups.
 *
 * The version that this machine has comes first, and is judged by the kernel: its files, and what limits do there. Of
 * the other version what is noted for its files is compared. Memory comes before what needs a limit of it.
 */
import { counter, killed, lines, processes, throttled } from './effects.ts';
import { memoryV1, memoryV2, restV1, restV2, swap, time } from './files.ts';
import { versionOf } from './where.ts';

const effects = [processes, throttled];
const judged =
  versionOf('memory') === 1
    ? [memoryV1, ...effects, restV1, memoryV2, time, swap, restV2]
    : [memoryV2, time, swap, ...effects, restV2, memoryV1, restV1];

export const checks = [...judged, counter, killed, lines];
