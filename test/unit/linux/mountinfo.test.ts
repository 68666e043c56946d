import assert from 'node:assert/strict';
import { mountAt, mountContaining, parseMountinfo, readMountinfo } from '../../../src/linux/mountinfo.ts';

const lines = (...text: string[]): string => text.map((line) => `${line}\n`).join('');

describe('mountinfo', () => {
  it('reads the fields of the manual page', () => {
    const [mount] = parseMountinfo(
      lines('36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:7 unbindable - ext3 /dev/root rw,errors=continue'),
    );
    assert.deepEqual(mount, {
      id: 36,
      parent: 35,
      device: '98:0',
      root: '/mnt1',
      mountPoint: '/mnt2',
      options: ['rw', 'noatime'],
      tags: { master: 1, shared: 7, unbindable: true },
      type: 'ext3',
      source: '/dev/root',
      superOptions: 'rw,errors=continue',
    });
  });

  it('reads a line without tags, and one with an empty source', () => {
    const [plain, empty] = parseMountinfo(
      lines('1 0 0:1 / / rw - rootfs rootfs rw', '2 1 0:5 / /x rw shared:3 - tmpfs  rw,size=1k'),
    );
    assert.deepEqual(plain?.tags, {});
    assert.equal(empty?.source, '');
    assert.equal(empty?.superOptions, 'rw,size=1k');
  });

  it('undoes octal escapes, also of a backslash before digits', () => {
    const [mount] = parseMountinfo(
      lines(String.raw`9 1 0:5 / /a\040b\011c\012d\134040 rw - fuse.x a\043b lowerdir=/l\0541`),
    );
    assert.equal(mount?.mountPoint, '/a b\tc\nd\\040');
    assert.equal(mount?.source, 'a#b');
    assert.equal(mount?.superOptions, 'lowerdir=/l,1');
  });

  it('keeps names that are not ASCII, and a mount point that looks like the separator', () => {
    const [umlaut, hyphen] = parseMountinfo(
      lines('9 1 0:5 / /schön rw - tmpfs t rw', String.raw`9 1 0:5 / /a\040-\040b rw shared:1 - tmpfs - rw`),
    );
    assert.equal(umlaut?.mountPoint, '/schön');
    assert.equal(hyphen?.mountPoint, '/a - b');
    assert.equal(hyphen?.source, '-');
  });

  it('refuses what is no line of mountinfo', () => {
    assert.throws(() => parseMountinfo('proc /proc proc rw 0 0\n'), TypeError);
  });

  it('finds the topmost mount at a path and the deepest that contains one', () => {
    const mounts = parseMountinfo(
      lines('1 0 0:1 / / rw - ext4 a rw', '2 1 0:2 / /mnt rw - tmpfs below rw', '3 2 0:3 / /mnt rw - tmpfs above rw'),
    );
    assert.equal(mountAt('/mnt', mounts)?.source, 'above');
    assert.equal(mountAt('/mn', mounts), undefined);
    assert.equal(mountContaining('/mnt/x/y', mounts)?.source, 'above');
    assert.equal(mountContaining('/mntx', mounts)?.source, 'a');
  });

  it('reads the mounts of this process', () => {
    assert.ok(readMountinfo().some(({ type }) => type === 'proc'));
  });
});
