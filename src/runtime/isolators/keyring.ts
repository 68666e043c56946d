/**
 * A session keyring of its own (session-keyring(7), Linux 2.6.10): without it every process would have that of whoever
 * started us, with the keys in it.
 */
import { ENOSYS, EPERM } from '../../linux/errno.ts';
import type { Isolator } from '../isolator.ts';

export const keyring: Isolator = {
  name: 'keyring',
  summary: 'none of our keys',
  steps(plan, { host }) {
    plan
      .join_session_keyring(`_ses.${host.id}`)
      .tolerate(ENOSYS, EPERM) // no keys in this kernel, or a filter that keeps the container from them too
      .because('none of our keys, which would be in reach of every program we start');
  },
};
