/**
 * The low-level runtime as others use it: the verbs of a container's life, and the stack that it is made of.
 *
 * The course rebuilds all that is below this file around a learner's functions (src/learn/rebuilt.ts).
 */
export { create, start, state } from './container.ts';
export { exec } from './exec.ts';
export { isolators } from './isolators/index.ts';
export { kill } from './kill.ts';
export { pause, resume } from './pause.ts';
export { remove } from './remove.ts';
