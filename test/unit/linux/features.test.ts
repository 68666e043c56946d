import assert from 'node:assert/strict';
import { featureFacts } from '../../../src/linux/feature-facts.ts';
import {
  cgroupLayout,
  featureNames,
  features,
  linux316,
  setFeatures,
  withFeatures,
} from '../../../src/linux/features.ts';
import { parseMountinfo } from '../../../src/linux/mountinfo.ts';

const layoutOf = (...mounts: string[]) =>
  cgroupLayout(parseMountinfo(mounts.map((end) => `1 0 0:1 / /x rw - ${end}\n`).join('')));

describe('features', () => {
  afterEach(() => setFeatures(undefined));

  it('have a fact each: since when, what is missing, what stands in', () => {
    assert.deepEqual(Object.keys(featureFacts).sort(), [...featureNames].sort());
  });

  it('of Linux 3.16 have nothing that came later', () => {
    for (const name of featureNames) {
      const [major = 0, minor = 0] = featureFacts[name].since.split('.').map(Number);
      const later = major > 3 || (major === 3 && minor > 16);
      if (later) assert.equal(linux316[name], false, name);
    }
  });

  it('can be replaced by a table for the time of a function, across awaits and failures', async () => {
    const answer = await withFeatures(linux316, async () => {
      await Promise.resolve();
      return features().openat2;
    });
    assert.equal(answer, false);
    const other = { ...linux316, openat2: true };
    setFeatures(other);
    await assert.rejects(
      withFeatures(linux316, () => Promise.reject(new Error('inside'))),
      /inside/,
    );
    assert.equal(features(), other);
  });

  it('can be replaced one by one', () => {
    assert.deepEqual(features({ ...linux316, pidfd: true }), { ...linux316, pidfd: true });
    setFeatures(linux316);
    assert.deepEqual(features({ clone3: true }), { ...linux316, clone3: true });
  });

  it('tell the layout of cgroups from what is mounted', () => {
    assert.equal(layoutOf('cgroup cgroup rw,memory'), 'v1');
    assert.equal(layoutOf('cgroup cgroup rw,memory', 'cgroup2 cgroup2 rw'), 'hybrid');
    assert.equal(layoutOf('cgroup cgroup rw,xattr,name=systemd', 'cgroup2 cgroup2 rw'), 'v2');
    assert.equal(layoutOf('cgroup2 cgroup2 rw'), 'v2');
    assert.equal(layoutOf('tmpfs tmpfs rw'), 'none');
  });
});
