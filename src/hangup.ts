/**
 * The end of a process whose terminal has gone away.
 *
 * Whoever cleans up first survives the SIGHUP for that long. At its exit Node sets the terminals that it was started on
 * back to how they were, and aborts when one does not answer any more. So we go as the signal wanted it in the first
 * place, which is also what tells a shell the truth: 128 + 1.
 */

/** Lets this process end by SIGHUP when it has come to its end. */
export function endByHangUp(): void {
  process.removeListener('exit', hangUp); // once is enough
  process.on('exit', hangUp);
}

function hangUp(): void {
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}
