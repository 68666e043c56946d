/**
 * Places at which a test kills the engine: before and after each step that the disk or the kernel keeps.
 *
 * DRYDOCK_FAILPOINT names one of them. What the next engine makes of what is left is in reconcile.ts; the tests go through
 * all of this list (test/kernel/engine/failpoints.test.ts).
 */
export const failpoints = [
  'create:folder',
  'create:mounted',
  'create:layers',
  'create:saved',
  'start:created',
  'start:started',
  'start:saved',
  'end:seen',
  'end:saved',
  'end:released',
  'remove:marked',
  'remove:forgotten',
  'remove:layers',
  'exec:saved',
  'exec:started',
  'rename:saved',
  'commit:still',
] as const;

export type Failpoint = (typeof failpoints)[number];

/** Ends this process as a crash would, if this is the place that was asked for. */
export function failpoint(name: Failpoint): void {
  if (process.env.DRYDOCK_FAILPOINT === name) process.kill(process.pid, 'SIGKILL');
}
