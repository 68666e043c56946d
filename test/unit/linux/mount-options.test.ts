import assert from 'node:assert/strict';
import {
  MS_BIND,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
  MS_RELATIME,
  MS_REMOUNT,
  MS_SHARED,
  MS_SLAVE,
  MS_STRICTATIME,
  MS_SYNCHRONOUS,
  MS_UNBINDABLE,
} from '../../../src/linux/constants.ts';
import { parseOptions } from '../../../src/linux/mount-options.ts';

const nothing = { set: 0, clear: 0 };
const empty = { verb: 0, mount: nothing, recursive: nothing, fileSystem: nothing, propagation: 0, rest: [] };

describe('mount options', () => {
  it('sets the flags of the words it knows and leaves the rest to the file system', () => {
    assert.deepEqual(parseOptions(['nosuid', 'nodev', 'mode=755', 'sync', 'size=64k']), {
      ...empty,
      mount: { set: MS_NOSUID | MS_NODEV, clear: 0 },
      fileSystem: { set: MS_SYNCHRONOUS, clear: 0 },
      rest: ['mode=755', 'size=64k'],
    });
  });

  it('knows each word that changes a mount, and the one that takes it back, also for a whole tree', () => {
    const words: [word: string, opposite: string, flag: number][] = [
      ['ro', 'rw', MS_RDONLY],
      ['nosuid', 'suid', MS_NOSUID],
      ['nodev', 'dev', MS_NODEV],
      ['noexec', 'exec', MS_NOEXEC],
      ['nosymfollow', 'symfollow', MS_NOSYMFOLLOW],
      ['nodiratime', 'diratime', MS_NODIRATIME],
    ];
    for (const [word, opposite, flag] of words) {
      assert.deepEqual(parseOptions([word]).mount, { set: flag, clear: 0 }, word);
      assert.deepEqual(parseOptions([word, opposite]).mount, { set: 0, clear: flag }, opposite);
      assert.deepEqual(parseOptions([opposite, word]).mount, { set: flag, clear: 0 }, word);
      assert.deepEqual(parseOptions([`r${word}`]).recursive, { set: flag, clear: 0 }, `r${word}`);
      assert.deepEqual(parseOptions([`r${word}`, `r${opposite}`]).recursive, { set: 0, clear: flag }, `r${opposite}`);
    }
  });

  it('has one way at a time of noting accesses', () => {
    const times = { noatime: MS_NOATIME, relatime: MS_RELATIME, strictatime: MS_STRICTATIME };
    for (const [word, flag] of Object.entries(times))
      for (const other of Object.keys(times))
        assert.equal(parseOptions([other, word]).mount.set, flag, `${other},${word}`);
    assert.deepEqual(parseOptions(['noatime', 'atime']).mount.set, 0);
  });

  it('knows each kind of propagation, of one mount and of all below it', () => {
    const kinds = { private: MS_PRIVATE, slave: MS_SLAVE, shared: MS_SHARED, unbindable: MS_UNBINDABLE };
    for (const [word, flag] of Object.entries(kinds)) {
      assert.equal(parseOptions([word]).propagation, flag, word);
      assert.equal(parseOptions([`r${word}`]).propagation, flag | MS_REC, `r${word}`);
    }
  });

  it('lets a later word win over an earlier one, be it for the mount or for the tree', () => {
    assert.deepEqual(parseOptions(['rro', 'rw']).mount, { set: 0, clear: MS_RDONLY });
    assert.deepEqual(parseOptions(['rw', 'rro']).mount, nothing);
  });

  it('keeps what is done apart from how', () => {
    assert.deepEqual(parseOptions(['rbind', 'rprivate']), {
      ...empty,
      verb: MS_BIND | MS_REC,
      propagation: MS_PRIVATE | MS_REC,
    });
    assert.equal(parseOptions(['remount', 'bind']).verb, MS_REMOUNT | MS_BIND);
    assert.equal(parseOptions(['idmap']).idmap, 'top');
    assert.equal(parseOptions(['ridmap']).idmap, 'all');
  });

  it('takes no word for one that every object has', () => {
    const words = ['constructor', 'toString', '__proto__', 'rtoString'];
    assert.deepEqual(parseOptions(words), { ...empty, rest: words });
  });

  it('is empty for no options', () => {
    assert.deepEqual(parseOptions(), empty);
    assert.deepEqual(parseOptions(['defaults']), empty);
  });
});
