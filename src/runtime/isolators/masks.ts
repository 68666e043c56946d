/**
 * Parts of /proc and /sys that are the whole machine's: some may be read and not written, some not even that.
 *
 * They are covered before the pivot, through descriptors that were looked up inside the new root: afterwards the covers
 * would be found by paths in a tree that is not trusted (CVE-2025-31133).
 */
import type { Isolator } from '../isolator.ts';
import { slot } from '../plan.ts';

export const masks: Isolator = {
  name: 'masks',
  summary: 'the machine’s own files in /proc and /sys are hidden or read-only',
  requires: ['mounts'],
  steps(plan, { spec, mode }) {
    if (mode === 'exec') return;
    const { readonlyPaths = [], maskedPaths = [] } = spec.linux ?? {};
    for (const path of readonlyPaths) plan.readonly_at(slot('root'), path).because('to be looked at, not changed');
    for (const path of maskedPaths)
      plan.mask_at(slot('root'), path).because('nothing of it is the container’s business');
  },
};
