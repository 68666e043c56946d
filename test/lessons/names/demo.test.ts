import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { queueProgram } from '../../../lessons/03-names/containers.ts';
import { drydock } from '../support.ts';

describe('lesson names, the demo', function () {
  this.timeout(120_000);

  it('renames what is outside, then no more, and shows who can read a queue', () => {
    const before = hostname();
    const { code, out, err } = drydock(['demo', 'names', '--auto']);
    assert.equal(code, 0, out + err);
    assert.match(out, /outside \$ hostname +mutiny +BAD: it was yours/);
    assert.match(out, /\+ clone\(… \| NEWIPC\) +isolators\/ipc\.ts:\d+/);
    assert.match(out, /msgget: No such file or directory\s+GOOD: its own/);
    assert.match(out, /queue receive +swordfish +BAD: shared/);
    assert.match(out, /LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD/);
    for (const line of out.split('\n')) assert(line.length <= 80, `too long: ${line}`);
    assert.equal(hostname(), before);
  });
});

describe('drydock-queue', () => {
  it('leaves a message, takes it, and says by its exit code when there is none', () => {
    const script = '"$0" receive; echo $?; "$0" send hello; "$0" receive; "$0" receive; echo $?; "$0"; echo $?';
    const { stdout } = spawnSync('unshare', ['--ipc', 'sh', '-c', script, queueProgram], { encoding: 'utf8' });
    assert.equal(stdout, '1\nhello\n1\n125\n');
  });
});
