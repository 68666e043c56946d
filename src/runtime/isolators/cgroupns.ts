/**
 * Its own view of the cgroup tree (cgroup namespace, Linux 4.6; cgroup_namespaces(7)).
 *
 * The cgroup that the process is in when it makes the namespace becomes `/` in it. That is why it is no flag of the
 * clone: the process would be born into the namespace before it was moved into its cgroup, and see the wrong root.
 */
import { CLONE_NEWCGROUP } from '../../linux/constants.ts';
import type { Isolator } from '../isolator.ts';
import { isNew, wanted } from '../namespaces.ts';

export const cgroupns: Isolator = {
  name: 'cgroupns',
  summary: 'its own cgroup as the root of what it sees',
  phase: 'join',
  namespaces: (spec) => wanted(spec, 'cgroup'),
  steps(plan, { spec, mode }) {
    if (mode === 'create' && isNew(spec, 'cgroup'))
      plan.unshare(CLONE_NEWCGROUP).because('its cgroup, entered by now, becomes the root that it sees');
  },
};
