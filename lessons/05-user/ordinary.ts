/**
 * An ordinary user for a moment, and a process of theirs in a new user namespace that waits for its map.
 *
 * The checks run as root, and the kernel's rules for others are what they ask about. So the effective ids change for the
 * length of one call that does not wait: everything else in this process goes on as root.
 */
import { endAll, startOutsider, type Outsiders } from '../../src/learn/demo/target.ts';
import { namespaceOf, processFacts, until } from '../../src/learn/facts.ts';

/** Numbers that nobody has. */
export const ORDINARY = 54_321;

/** Does something as that user. It must not wait for anything. */
export function asOrdinary<T>(work: () => T): T {
  process.setegid!(ORDINARY);
  process.seteuid!(ORDINARY);
  try {
    return work();
  } finally {
    process.seteuid!(0);
    process.setegid!(0);
  }
}

/** Gives the folder /proc/PID of such a process to `body`, and ends it. */
export async function withUnmapped<T>(body: (proc: string) => T | Promise<T>): Promise<T> {
  const outsiders: Outsiders = [];
  const become = [`--reuid=${ORDINARY}`, `--regid=${ORDINARY}`, '--clear-groups'];
  const { pid, ended } = await startOutsider('setpriv', [...become, 'unshare', '--user', 'sleep', '1000'], outsiders);
  try {
    await until(() => processFacts(pid)?.name === 'sleep' && namespaceOf(pid, 'user') !== namespaceOf('self', 'user'));
    return await body(`/proc/${pid}`);
  } finally {
    endAll(outsiders);
    await ended;
  }
}

/** Does something, and answers what was said against it. */
export function refusalOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
