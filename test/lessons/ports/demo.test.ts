import assert from 'node:assert/strict';
import { drydock } from '../support.ts';

describe('lesson ports, the demo', function () {
  this.timeout(120_000);

  it('shows addresses, a door from two sides, a wall, and a door that is open without an engine', () => {
    const { code, out } = drydock(['demo', 'ports', '--auto']);
    assert.equal(code, 0, out);
    assert.match(out, /address of one +10\.214\.0\.2\n address of two +10\.214\.0\.3\n/);
    assert.match(out, /other # nc 192\.0\.2\.1 8080 +web +GOOD\n ours {2}# nc 127\.0\.0\.1 8080 +web +GOOD/);
    for (const chain of ['prerouting', 'output'])
      assert.match(out, new RegExp(`${chain} +tcp dport 8080 dnat to 10\\.214\\.0\\.2:80\n`));
    assert.match(out, /ours {2}# nc 10\.214\.0\.2 5432 +secret +GOOD/);
    assert.match(
      out,
      /other # ip route get 10\.214\.0\.2 +via 192\.0\.2\.1\n other # nc 10\.214\.0\.2 5432 +\(nothing\) +GOOD/,
    );
    assert.match(out, /kill -0 \d+ +kill: No such process\n other # nc 192\.0\.2\.1 8080 +web +GOOD/);
    assert.match(out, /after rm: rules, cables +0, 0 +GOOD/);
    assert.doesNotMatch(out, /BAD/);
    assert.match(out, /LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD/);
    for (const line of out.split('\n')) assert(line.length <= 80, `too long: ${line}`);
  });
});
