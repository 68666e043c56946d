/**
 * The container's own host name and NIS domain (UTS namespace, Linux 2.6.19; uts_namespaces(7)).
 * Without it, sethostname(2) in the container would rename the host.
 */
import { DrydockError } from '../../errors.ts';
import type { Isolator } from '../isolator.ts';
import { wanted } from '../namespaces.ts';

export const uts: Isolator = {
  name: 'uts',
  summary: 'its own host name',
  namespaces: (spec) => wanted(spec, 'uts'),
  claim(spec) {
    const asked = spec.hostname ? 'hostname' : spec.domainname ? 'domainname' : undefined;
    if (asked && wanted(spec, 'uts').length === 0)
      throw new DrydockError('SPEC_INVALID', `${asked} without a UTS namespace would rename the host`, {
        isolator: 'uts',
        hint: `add { "type": "uts" } to linux.namespaces, or leave ${asked} out`,
      });
    return null;
  },
  steps(plan, { spec, mode }) {
    if (mode === 'exec') return;
    if (spec.hostname) plan.sethostname(spec.hostname).because('what `hostname` answers inside');
    if (spec.domainname) plan.setdomainname(spec.domainname).because('the NIS domain, seldom used');
  },
};
