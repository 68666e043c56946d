/**
 * How a verb ends the process: by setting the code and letting Node come to its end.
 *
 * process.exit() would cut off output that still waits in a pipe, and skip the giving back of what was claimed.
 */

/** Docker's number for "the engine itself failed". */
export const OWN_FAILURE = 125;

/** Sets the exit code of this command; the last call wins. */
export function exitWith(code: number): void {
  process.exitCode = code;
}
