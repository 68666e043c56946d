import assert from 'node:assert/strict';
import { drydock } from '../support.ts';

describe('lesson rootfs, the demo', function () {
  this.timeout(60_000);

  it('reads the host’s files, then the lab’s, and walks out of a chroot', () => {
    const { code, out } = drydock(['demo', 'rootfs', '--auto']);
    assert.equal(code, 0, out);
    const [, host] = /outside \$ grep \^ID= \/etc\/os-release\n +(ID=\S+)/.exec(out)!;
    assert.notEqual(host, 'ID=drydock-lab');
    assert.match(out, new RegExp(`inside  # grep \\^ID= /etc/os-release\\n +${host} +BAD: they are yours`));
    assert.match(out, /\+ fchdir\(root\) {2}chroot\("\."\) +isolators\/rootfs\.ts:\d+/);
    assert.match(out, /inside {2}# grep \^ID= \/etc\/os-release\n +ID=drydock-lab +GOOD/);
    assert.match(out, /the same directory +inode (\d+) and \1 +GOOD/);
    assert.match(out, new RegExp(`with chroot alone +${host} +BAD: it is out`));
    assert.match(out, /with the finished runtime +ID=drydock-lab +GOOD/);
    assert.match(out, /LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD/);
    for (const line of out.split('\n')) assert(line.length <= 80, `too long: ${line}`);
  });
});
