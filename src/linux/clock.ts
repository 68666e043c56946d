/**
 * The time since some moment before, in milliseconds, by the clock that nobody can set (CLOCK_MONOTONIC, clock_gettime(2)).
 *
 * It is what performance.now() tells, for those that are started by the hundred: the first use of the global `performance`
 * loads modules of Node's for two milliseconds, and process.hrtime is there.
 */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
