/**
 * The container's own terminal (pty(7)).
 *
 * The pair is opened inside, on the container's own devpts, so that `tty` and /dev/pts there agree. The master goes to
 * whoever talks to the person: over the console socket when there is one, else to the parent. Without mounts of its
 * own the container has no devpts, and keeps the terminal that it was started on.
 */
import type { Isolator } from '../isolator.ts';
import { slot } from '../plan.ts';

export const terminal: Isolator = {
  name: 'terminal',
  summary: 'its own terminal',
  phase: 'terminal',
  steps(plan, { process, mode, stack, host }) {
    if (!process.terminal || !stack.has('mounts')) return;
    const { height = 0, width = 0 } = process.consoleSize ?? {};
    plan
      .open_console(height, width, process.user.uid, mode === 'create' ? 1 : 0)
      .into('master')
      .because('a new pair; the slave becomes 0, 1 and 2, and the user’s');
    plan
      .send_fd(host.consoleSocket ? slot('console') : null, slot('master'), '/dev/ptmx')
      .because('the other end is for the person outside');
  },
};
