/** Here for the verbs; the engine says it, too. */
export { ownVersion } from '../version.ts';
