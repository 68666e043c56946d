/**
 * Everything that a learner may write a part of: the runtime, and the snapshots that its containers' files are made of. The course
 * builds it once more, around the learner's functions (rebuilt.ts).
 */
export * from '../runtime/index.ts';
export * as snapshots from '../snapshots/choose.ts';
