/**
 * Its own offsets of the monotonic and the boot-time clock (time namespace, Linux 5.6; time_namespaces(7)).
 *
 * The offsets can be set as long as no process has entered the namespace. So it is made with unshare(2), which changes
 * nothing for the caller itself, then gets its offsets, and is entered with setns(2).
 */
import { CLONE_NEWTIME } from '../../linux/constants.ts';
import type { Isolator } from '../isolator.ts';
import { isNew, wanted } from '../namespaces.ts';
import type { Spec } from '../spec.ts';

export const time: Isolator = {
  name: 'time',
  summary: 'its own uptime',
  phase: 'join',
  namespaces: (spec) => wanted(spec, 'time'),
  steps(plan, { spec, mode }) {
    if (mode === 'exec' || !isNew(spec, 'time')) return;
    plan.unshare(CLONE_NEWTIME).because('the next one to enter it will be this process itself');
    const offsets = offsetLines(spec);
    if (offsets)
      plan.write_file('/proc/self/timens_offsets', Buffer.from(offsets)).because('only while the namespace is empty');
    plan.setns('/proc/self/ns/time_for_children', CLONE_NEWTIME).because('the clocks change now');
  },
};

function offsetLines({ linux }: Spec): string {
  const { monotonic, boottime } = linux?.timeOffsets ?? {};
  return Object.entries({ monotonic, boottime })
    .flatMap(([clock, offset]) => (offset ? `${clock} ${offset.secs ?? 0} ${offset.nanosecs ?? 0}\n` : []))
    .join('');
}
