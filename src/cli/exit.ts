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

/**
 * Ends the process with the code that was set, once everything has been written: for where a learner's code has run,
 * whose timers and sockets would keep Node from coming to its end.
 */
export async function endNow(): Promise<never> {
  for (const stream of [process.stdout, process.stderr])
    await new Promise<void>((resolve) => stream.write('', () => resolve()));
  process.exit();
}

/**
 * From now on the process ends as soon as nobody reads what it prints, by SIGPIPE as other programs do (`drydock logs -f web
 * | head -1`): for what does nothing but print. Node ignores that signal (signal(7)) until somebody has listened to it.
 */
export function endUnread(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    const listener = (): void => undefined;
    process.on('SIGPIPE', listener).off('SIGPIPE', listener);
    process.kill(process.pid, 'SIGPIPE');
  });
}
