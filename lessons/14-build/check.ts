/**
 * What has to be so in lesson build: the keys of steps (check-key.ts), judged by images that are built one after the other,
 * then the graph of stages (check-stages.ts), the whole last.
 */
import { keyChecks } from './check-key.ts';
import { stageChecks } from './check-stages.ts';

export const checks = [...keyChecks, ...stageChecks];
