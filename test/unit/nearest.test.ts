import assert from 'node:assert/strict';
import { didYouMean, nearest } from '../../src/nearest.ts';

describe('a suggestion', () => {
  const names = ['pid', 'mounts', 'network', 'without'];

  it('is the nearest name', () => {
    assert.equal(nearest('pdi', names), 'pid');
    assert.equal(nearest('netwrok', names), 'network');
    assert.equal(nearest('wihtout', names), 'without');
  });

  it('is none when nothing is near', () => {
    assert.equal(nearest('elephant', names), undefined);
    assert.equal(nearest('', names), undefined);
    assert.equal(nearest('pid', []), undefined);
    assert.equal(nearest('z', ['h']), undefined, 'every letter would have to change');
  });

  it('lists what there is instead', () => {
    assert.equal(didYouMean('pdi', names), "did you mean 'pid'?");
    assert.equal(didYouMean('elephant', names), 'there are: pid, mounts, network, without');
  });
});
