import assert from 'node:assert/strict';
import { drydock } from '../support.ts';

describe('lesson images, the demo', function () {
  this.timeout(120_000);

  it('shows one layer under three digests, three trees for two images, a config that runs, and a store that skopeo reads', () => {
    const { code, out } = drydock(['demo', 'images', '--auto']);
    assert.equal(code, 0, out);
    const digests = [...out.matchAll(/^ outside \$ (cat|gzip).*\n +([0-9a-f]{12})/gm)].map(([, , digest]) => digest);
    assert.equal(digests.length, 4);
    assert.equal(new Set(digests).size, 3);
    assert.equal(digests[0], digests[3]);
    const trees = /ls \$STORE\/snapshots.*\n +([0-9a-f]{12}) +([0-9a-f]{12}) +([0-9a-f]{12})/.exec(out)?.slice(1) ?? [];
    for (const [, made = ''] of out.matchAll(/printf "\$BASE \$TOP".*\n +([0-9a-f]{12}) +GOOD/g))
      assert.ok(trees.includes(made), `${made} of ${trees.join(' ')}`);
    assert.match(out, /cmdline\n +sleep 1000 +GOOD/);
    assert.match(out, /cmdline\n +sleep 2000 +GOOD/);
    assert.match(out, /Drydock calls the image +[0-9a-f]{12} +GOOD/);
    assert.doesNotMatch(out, /BAD/);
    assert.match(out, /LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD/);
    for (const line of out.split('\n')) assert(line.length <= 80, `too long: ${line}`);
  });
});
