import assert from 'node:assert/strict';
import type { Descriptor, Platform } from '../../../src/content/descriptor.ts';
import type { Digest } from '../../../src/content/digest.ts';
import { choose, parsePlatform, platformText, runsOn } from '../../../src/images/platform.ts';

const entry = (platform: Platform | undefined, digit: string): Descriptor => ({
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${digit.repeat(64)}` as Digest,
  size: 1,
  ...(platform && { platform }),
});

describe('a platform', () => {
  it('is written in one way, however somebody calls it', () => {
    const spellings: [text: string, normal: string][] = [
      ['linux/amd64', 'linux/amd64'],
      ['Linux/x86_64', 'linux/amd64'],
      ['aarch64', 'linux/arm64'],
      ['linux/arm64/v8', 'linux/arm64'],
      ['linux/arm', 'linux/arm/v7'],
      ['armel', 'linux/arm/v6'],
      ['linux/arm/6', 'linux/arm/v6'],
    ];
    for (const [text, normal] of spellings) assert.equal(platformText(parsePlatform(text)), normal, text);
  });

  it('is refused when it is none', () => {
    for (const text of ['', 'linux/', 'a/b/c/d', 'linux/am d64', 'nonsense'])
      assert.throws(() => parsePlatform(text), { code: 'BAD_USAGE' }, text);
  });

  it('runs what is older of its own kind, and nothing else', () => {
    const [v7, v6] = [parsePlatform('linux/arm/v7'), parsePlatform('linux/arm/v6')];
    assert(runsOn(v6, v7));
    assert(!runsOn(v7, v6));
    assert(!runsOn(parsePlatform('linux/386'), parsePlatform('linux/amd64')));
  });
});

describe('the choice of a manifest', () => {
  const amd64 = { os: 'linux', architecture: 'amd64' };
  const note = { os: 'unknown', architecture: 'unknown' };

  it('takes the platform that is wanted, and the best of several', () => {
    const arm = (variant: string): Platform => ({ os: 'linux', architecture: 'arm', variant });
    const index = [
      entry(note, '0'),
      entry(arm('v5'), '1'),
      entry(arm('v6'), '2'),
      entry(amd64, '3'),
      entry(amd64, '4'),
    ];
    assert.equal(choose(index, amd64, 'x'), index[3]);
    assert.equal(choose(index, arm('v7'), 'x'), index[2]);
  });

  it('takes one that names no platform where none fits', () => {
    const index = [entry({ os: 'linux', architecture: 's390x' }, '1'), entry(undefined, '2')];
    assert.equal(choose(index, amd64, 'x'), index[1]);
  });

  it('says what there is where nothing fits', () => {
    const index = [entry({ os: 'linux', architecture: 's390x' }, '1'), entry(note, '2')];
    assert.throws(() => choose(index, amd64, 'docker.io/library/x:latest'), {
      code: 'PLATFORM_MISSING',
      message: 'docker.io/library/x:latest has no manifest for linux/amd64',
      hint: 'there are: linux/s390x',
    });
  });
});
