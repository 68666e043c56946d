/** Offsets of a time namespace, seen by the clocks inside. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { features } from '../../../../src/linux/features.ts';
import { create } from '../../../../src/runtime/container.ts';
import type { Spec } from '../../../../src/runtime/spec.ts';
import { boxed, leavesNothing, shell, skip, specOf } from '../../support.ts';

const DAY = 86_400;

const offsets = (secs: number) => (spec: Spec) => {
  spec.linux!.namespaces!.push({ type: 'time' });
  spec.linux!.timeOffsets = { boottime: { secs }, monotonic: { secs, nanosecs: 5 } };
};

const hostUptime = (): number => parseFloat(readFileSync('/proc/uptime', 'utf8'));

describe('a time namespace', function () {
  leavesNothing();
  before(function () {
    if (!features().timeNamespace) skip(this, 'no time namespaces');
  });

  it('shifts the uptime by its offset, to the container and to nobody else', async () => {
    const earlier = hostUptime();
    const { text } = await shell('cat /proc/uptime /proc/self/timens_offsets', offsets(10 * DAY));
    const later = hostUptime();
    const inside = parseFloat(text) - 10 * DAY;
    assert(earlier - 0.02 <= inside && inside <= later + 0.02, `${earlier} ≤ ${inside} ≤ ${later}`);
    assert.match(text, /^monotonic\s+864000\s+5$/m);
    assert.match(text, /^boottime\s+864000\s+0$/m);
  });

  it('has the clocks of the host without offsets', async () => {
    const { text } = await shell('cat /proc/uptime', (spec) => void spec.linux!.namespaces!.push({ type: 'time' }));
    assert(Math.abs(parseFloat(text) - hostUptime()) < 5);
  });

  it('works for programs of its children, too', async () => {
    const { text } = await shell('sh -c "cat /proc/uptime"', offsets(10 * DAY));
    assert(parseFloat(text) > 10 * DAY);
  });

  it('refuses an offset that would turn time back before the boot', async () => {
    const spec = specOf({ args: ['true'] }, offsets(-100 * 365 * DAY));
    await assert.rejects(create(boxed({ spec })), { code: 'STEP_FAILED', call: 'write_file', isolator: 'time' });
  });
});
