/** Names that the parts of lesson cgroups share: slots, titles, and which of them this machine obeys. */
import { versionOf } from './where.ts';

export const V2 = 'cgroup-limits.ts#usualV2';
export const V1 = 'cgroup-limits.ts#usualV1';
export const TIME = 'cgroup-limits.ts#timeV2';
export const SWAP = 'cgroup-limits.ts#swapV2';
export const COUNTER = 'oom.ts#counterOf';
export const KILLS = 'oom.ts#killsIn';

export const MEMORY_V2 = 'v2: the limit of memory stands in memory.max';
export const MEMORY_V1 = 'v1: memory, and memory with swap, are two files';
export const TIME_TITLE = 'v2: a quota and its period are one line';
export const COUNTER_TITLE = 'the file that counts kills is found in v1, in v2, and where both are mounted';

/** The slot that this machine obeys for a controller. */
export const here = (controller: string): string => (versionOf(controller) === 1 ? V1 : V2);

export const MiB = 2 ** 20;

export const text = (value: unknown): string => (value === undefined ? 'nothing' : String(value));

/** For a container's shell: the files of this name, wherever this machine has them. */
export const cat = (name: string): string => `cat $(find /sys/fs/cgroup -name "${name}")`;
