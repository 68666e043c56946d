/** The marks of deleted files, in archives and on disk, as data. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { S_IFCHR, S_IFDIR, S_IFREG } from '../../../src/linux/constants.ts';
import { archiveName, fromDisk, meaningOf, onDisk, type Meaning } from '../../../src/snapshots/whiteouts.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('a mark in an archive', () => {
  it('is a whiteout of the name behind the prefix, whatever bytes it has', () => {
    assert.deepEqual(meaningOf(bytes('.wh.motd')), { is: 'whiteout', hides: bytes('motd') });
    assert.deepEqual(meaningOf(bytes('.wh.\xff\xfe')), { is: 'whiteout', hides: bytes('\xff\xfe') });
    assert.deepEqual(meaningOf(bytes('.wh.a.wh.b')), { is: 'whiteout', hides: bytes('a.wh.b') });
  });

  it('is opaque by one name alone, and the housekeeping of aufs by all that begin like it', () => {
    assert.deepEqual(meaningOf(bytes('.wh..wh..opq')), { is: 'opaque' });
    for (const name of ['.wh..wh.aufs', '.wh..wh.plnk', '.wh..wh..opqx'])
      assert.deepEqual(meaningOf(bytes(name)), { is: 'aufs-own' }, name);
  });

  it('is no mark for any other name', () => {
    for (const name of ['motd', '.wh', 'a.wh.b', '.WH.x', 'wh.x'])
      assert.deepEqual(meaningOf(bytes(name)), { is: 'entry' });
  });

  it('is refused when what it hides is no name', () => {
    for (const name of ['.wh.', '.wh..', '.wh...', '.wh.a/b', '.wh.\0', '.wh.a\0b'])
      assert.throws(() => meaningOf(bytes(name)), { code: 'UNSAFE_PATH' }, JSON.stringify(name));
  });
});

describe('a mark on disk', () => {
  const whiteout: Meaning = { is: 'whiteout', hides: bytes('motd') };

  it('is a character device 0:0 for overlay', () => {
    const made = onDisk(whiteout, 'overlay');
    assert.deepEqual(made, { call: 'mknod', name: bytes('motd'), mode: S_IFCHR, device: 0n });
    assert.deepEqual(fromDisk({ name: bytes('motd'), mode: S_IFCHR, rdev: 0n }, 'overlay'), whiteout);
  });

  it('is an attribute of the directory that is opaque for overlay, of a name that needs no root if asked for', () => {
    const value = Buffer.from('y');
    const opaque: Meaning = { is: 'opaque' };
    assert.deepEqual(onDisk(opaque, 'overlay'), { call: 'setxattr', name: 'trusted.overlay.opaque', value });
    assert.deepEqual(onDisk(opaque, 'overlay', true), { call: 'setxattr', name: 'user.overlay.opaque', value });
    const directory = { name: bytes('dir'), mode: S_IFDIR | 0o755, rdev: 0n };
    assert.deepEqual(fromDisk({ ...directory, opaque: value }, 'overlay'), opaque);
    assert.deepEqual(fromDisk({ ...directory, opaque: Buffer.from('x') }, 'overlay'), { is: 'entry' });
    assert.deepEqual(fromDisk(directory, 'overlay'), { is: 'entry' });
  });

  it('is the archive’s own file for aufs', () => {
    assert.deepEqual(onDisk(whiteout, 'aufs'), { call: 'create', name: bytes('.wh.motd') });
    assert.deepEqual(onDisk({ is: 'opaque' }, 'aufs'), { call: 'create', name: bytes('.wh..wh..opq') });
    assert.deepEqual(fromDisk({ name: bytes('.wh.motd'), mode: S_IFREG, rdev: 0n }, 'aufs'), whiteout);
    assert.deepEqual(fromDisk({ name: bytes('motd'), mode: S_IFCHR, rdev: 0n }, 'aufs'), { is: 'entry' });
  });

  it('is nothing where the tree is whole: what is hidden is removed', () => {
    assert.deepEqual(onDisk(whiteout, 'remove'), { call: 'remove', name: bytes('motd') });
    assert.deepEqual(onDisk({ is: 'opaque' }, 'remove'), { call: 'empty' });
    assert.deepEqual(fromDisk({ name: bytes('null'), mode: S_IFCHR, rdev: 0n }, 'remove'), { is: 'entry' });
  });

  it('is not made for an entry, or for the housekeeping of aufs', () => {
    for (const style of ['overlay', 'aufs', 'remove'] as const)
      for (const is of ['entry', 'aufs-own'] as const) assert.equal(onDisk({ is }, style), undefined);
  });

  it('leaves a device that is not 0:0 alone', () => {
    assert.deepEqual(fromDisk({ name: bytes('null'), mode: S_IFCHR | 0o666, rdev: 0x103n }, 'overlay'), {
      is: 'entry',
    });
  });

  it('comes back as the mark that it was, for every name', () => {
    const name = fc.uint8Array({ minLength: 1, maxLength: 200 }).map((array) => Buffer.from(array));
    const fits = (one: Buffer): boolean =>
      !one.includes(0) &&
      !one.includes('/') &&
      !['.', '..'].includes(one.toString('latin1')) &&
      !one.toString('latin1').startsWith('.wh.');
    fc.assert(
      fc.property(name.filter(fits), (hides) => {
        const mark = archiveName({ is: 'whiteout', hides })!;
        assert.deepEqual(meaningOf(mark), { is: 'whiteout', hides });
        const act = onDisk(meaningOf(mark), 'overlay');
        assert(act?.call === 'mknod');
        assert.deepEqual(fromDisk({ name: act.name, mode: act.mode, rdev: act.device }, 'overlay'), meaningOf(mark));
      }),
    );
  });
});
