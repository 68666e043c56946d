/**
 * What has to be so in lesson engine: first the client's function, fed by hand and by an engine; then the engine's, line
 * by line of its table; at last both on an engine that is killed.
 */
import { crashChecks } from './check-crash.ts';
import { fateChecks } from './check-fate.ts';
import { framesChecks } from './check-frames.ts';

export const checks = [...framesChecks, ...fateChecks, ...crashChecks];
