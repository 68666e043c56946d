import assert from 'node:assert/strict';
import { whyRefused } from '../../../lessons/02-mounts/tree.ts';
import { parseMountinfo } from '../../../src/linux/mountinfo.ts';
import { DrydockError } from '../../../src/errors.ts';
import { EBUSY, EINVAL, ENOENT } from '../../../src/linux/errno.ts';
import { begun, drydock, read, write } from '../support.ts';

const mounts = (root: string, more = ''): ReturnType<typeof parseMountinfo> =>
  parseMountinfo(`27 1 8:1 / / rw${root} - ext4 /dev/sda1 rw\n${more}`);
const refused = (errno: number, old = '.'): DrydockError =>
  new DrydockError('STEP_FAILED', 'step 9', { step: 9, call: 'pivot_root', args: ['.', old], errno });
const bound = '40 27 8:1 /srv/lab /srv/lab rw - ext4 /dev/sda1 rw\n';

describe('lesson mounts, a refused pivot_root', () => {
  it('is explained by mountinfo, whatever its errno', () => {
    const shared = mounts(' shared:1', bound.replace(' rw -', ' rw shared:1 -'));
    assert.equal(whyRefused(shared, '/srv/lab', refused(EINVAL)).reason, 'shared');
    assert.match(
      whyRefused(shared, '/srv/lab', refused(EINVAL)).kernel,
      /is a mount point, but propagation is "shared"/,
    );
    assert.equal(whyRefused(mounts(' shared:1', bound), '/srv/lab', refused(EINVAL)).reason, 'parent shared');
    assert.equal(whyRefused(mounts(''), '/srv/lab', refused(EBUSY)).reason, 'plain');
    const elsewhere = mounts('', '41 27 0:40 / /srv rw - tmpfs srv rw\n');
    assert.match(whyRefused(elsewhere, '/srv/lab', refused(EINVAL)).kernel, /plain directory on the mount \/srv$/);
    assert.equal(whyRefused(mounts(''), '/', refused(EBUSY)).reason, 'not moved');
    assert.match(whyRefused(mounts('', bound), '/srv/lab', refused(ENOENT, 'old')).kernel, /there is no "old" in it/);
    assert.equal(whyRefused(mounts('', bound), '/srv/lab', refused(EINVAL, '/')).reason, 'other');
  });
});

describe('lesson mounts, a failed check', function () {
  this.timeout(120_000);

  it('names the step, the learner’s own line and what mountinfo says', async () => {
    const work = await begun('mounts');
    const file = 'mounts/isolators/rootfs.ts';
    const solved = read(work, file).replace(
      /\/\/ TODO: two calls[\s\S]*?\n}/,
      "plan.mount(null, '/', null, MS_REC | MS_SLAVE, null);\n  plan.mount(root, root, null, MS_BIND | MS_REC, null);\n}",
    );
    write(
      work,
      file,
      solved.replace("plan.chroot('.');\n  },\n};\n\nfunction", "plan.pivot_root('.', 'old');\n  },\n};\n\nfunction"),
    );
    const { code, out } = drydock(['check', 'mounts', '--only', 'old root']);
    assert.equal(code, 1, out);
    assert.match(out, /FAIL {2}the old root is gone\n +you did +step \d+ +pivot_root\("\.", "old"\) = ENOENT/);
    assert.match(out, /isolators\/rootfs\.ts:\d+\n +kernel/);
    assert.match(out, /see it +findmnt -o TARGET,PROPAGATION/);
  });
});
