/** What the kernel has to confirm in lesson mounts: three checks for part 1, five for part 2, two for what is further. */
import { nothingLeft } from '../../src/learn/check/nothing-left.ts';
import { pivotChecks } from './check-pivot.ts';
import { privateChecks } from './check-private.ts';
import { propagationChecks } from './check-propagation.ts';

const left = nothingLeft(
  'findmnt; ls /sys/fs/cgroup',
  'A mount namespace ends with its last process, and its mounts with it. Which mount was on the host?',
  'Run the checks of part 1 first (--only "appears on the host"): what leaks is what stays.',
);

export const checks = [...privateChecks, ...pivotChecks, ...propagationChecks, left];
