/**
 * As which kind of system the kernel shows itself (personality(2)): with LINUX32, `uname -m` answers i686.
 */
import { DrydockError } from '../../errors.ts';
import type { Isolator } from '../isolator.ts';

const domains = { LINUX: 0, LINUX32: 8 } as const;

export const personality: Isolator = {
  name: 'personality',
  summary: 'as which system the kernel shows itself',
  claim({ linux }) {
    const [flag] = linux?.personality?.flags ?? [];
    if (flag === undefined) return null;
    throw new DrydockError('UNSUPPORTED', `linux.personality.flags: '${flag}' is not known; the spec names none`, {
      isolator: 'personality',
      hint: 'leave flags out',
    });
  },
  steps(plan, { spec }) {
    const { domain } = spec.linux?.personality ?? {};
    if (domain) plan.personality(domains[domain]).because('asked for in linux.personality');
  },
};
