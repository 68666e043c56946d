/**
 * What the kernel has to confirm in lesson cgroups.
 *
 * The files of the version that this machine has are judged by the kernel, those of the other one by what is noted for
 * them. What limits *do* is judged in the machine's version. Memory comes before what needs a limit of it.
 */
import { counter, killed, lines, processes, throttled } from './effects.ts';
import { memoryV1, memoryV2, restV1, restV2, swap, time } from './files.ts';

export const checks = [memoryV2, time, swap, memoryV1, processes, throttled, restV2, restV1, counter, killed, lines];
