import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { linux316, features } from '../../../src/linux/features.ts';
import { record } from '../../../src/runtime/plan.ts';
import { defaultSpec } from '../../../src/runtime/default-spec.ts';
import type { Host, StepContext } from '../../../src/runtime/isolator.ts';
import { landlock, WRITABLE, writing } from '../../../lessons/18-world/landlock.ts';
import { drydock } from '../support.ts';

describe('lesson world', function () {
  this.timeout(120_000);

  it('records four calls, in the order that the kernel needs, before the capabilities go', () => {
    const spec = { ...defaultSpec({ args: ['true'] }, features()), annotations: { [WRITABLE]: '/tmp' } };
    const { steps, recorder } = record();
    const context = { spec, features: features({ landlock: true }) } as unknown as StepContext;
    landlock.steps!(recorder('landlock', 'filter-early'), context, null);
    assert.deepEqual(
      steps.map(({ call, phase }) => `${phase} ${call}`),
      ['landlock_create_ruleset', 'open', 'landlock_add_rule', 'landlock_restrict_self'].map(
        (call) => `filter-early ${call}`,
      ),
    );
    assert(steps.every(({ because }) => because !== ''));
  });

  it('takes no right to read or to execute, and the one that is young only where it is known', () => {
    assert.equal(writing({ landlockTruncate: false }), 0b1_1111_1111_0010);
    assert.equal(writing({ landlockTruncate: true }), 0b1_1111_1111_0010 | (1 << 14));
  });

  it('is refused on a kernel that lacks it, and only if it was asked for', () => {
    const spec = defaultSpec({ args: ['true'] }, features());
    const host = { features: linux316 } as Host;
    assert.equal(landlock.claim!(spec, host), null);
    assert.throws(() => landlock.claim!({ ...spec, annotations: { [WRITABLE]: '' } }, host), { code: 'UNSUPPORTED' });
  });

  it('has a demo: configs of others, what a state says, and root before a wall', () => {
    const { code, out } = drydock(['demo', 'world', '--auto']);
    assert.equal(code, 0, out);
    for (const runtime of ['runc', 'crun'])
      if (existsSync(`/usr/sbin/${runtime}`) || existsSync(`/usr/bin/${runtime}`))
        assert.match(out, new RegExp(`of ${runtime} +OCI 1[.]0[^]*${runtime}\\s+Read-only file system +GOOD`));
    assert.match(out, /state +running, pid \d+ +GOOD/);
    assert.match(out, /without: root writes in +\/tmp \/etc +BAD/);
    assert.equal([...out.matchAll(/BAD/g)].length, 1, out);
    assert.match(out, /LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD/);
    for (const line of out.split('\n')) assert(line.length <= 80, `too long: ${line}`);
  });
});
