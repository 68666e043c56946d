import assert from 'node:assert/strict';
import {
  MS_BIND,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
  MS_SHARED,
  MS_SLAVE,
  MS_UNBINDABLE,
} from '../../../src/linux/constants.ts';
import { parseOptions } from '../../../src/runtime/mount-options.ts';

describe('mount options', () => {
  it('sets the flags of the words it knows and leaves the rest to the file system', () => {
    assert.deepEqual(parseOptions(['nosuid', 'nodev', 'mode=755', 'size=64k']), {
      flags: MS_NOSUID | MS_NODEV,
      propagation: 0,
      data: 'mode=755,size=64k',
      idmap: false,
    });
  });

  it('knows each word that confines, and the one that takes it back', () => {
    const words = { ro: ['rw', MS_RDONLY], nosuid: ['suid', MS_NOSUID], nodev: ['dev', MS_NODEV] } as const;
    for (const [word, [opposite, flag]] of Object.entries({ ...words, noexec: ['exec', MS_NOEXEC] as const })) {
      assert.equal(parseOptions([word]).flags, flag, word);
      assert.equal(parseOptions([word, opposite]).flags, 0, opposite);
    }
  });

  it('knows each kind of propagation, of one mount and of all below it', () => {
    const kinds = { private: MS_PRIVATE, slave: MS_SLAVE, shared: MS_SHARED, unbindable: MS_UNBINDABLE };
    for (const [word, flag] of Object.entries(kinds)) {
      assert.equal(parseOptions([word]).propagation, flag, word);
      assert.equal(parseOptions([`r${word}`]).propagation, flag | MS_REC, `r${word}`);
    }
  });

  it('lets a later word win over an earlier one', () => {
    assert.equal(parseOptions(['ro', 'rw']).flags, 0);
    assert.equal(parseOptions(['rw', 'ro']).flags, MS_RDONLY);
  });

  it('keeps propagation apart, because it is a call of its own', () => {
    assert.deepEqual(parseOptions(['rbind', 'rprivate']), {
      flags: MS_BIND | MS_REC,
      propagation: MS_PRIVATE | MS_REC,
      data: null,
      idmap: false,
    });
  });

  it('is empty for no options', () => {
    assert.deepEqual(parseOptions(), { flags: 0, propagation: 0, data: null, idmap: false });
  });
});
