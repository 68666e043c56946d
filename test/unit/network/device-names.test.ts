import assert from 'node:assert/strict';
import { noDeviceName } from '../../../src/network/link/names.ts';

describe('the name of a network device', () => {
  it('is what the kernel takes for one', () => {
    for (const name of ['br0', 'drydock0', 'é', 'br-1234567890ab', '...']) assert.equal(noDeviceName(name), undefined);
  });
  it('is no pattern, no path, has no space, not even within a letter, and not too many bytes', () => {
    for (const name of ['br%d', 'a/b', 'a:1', 'a b', 'a\tb', 'à']) assert.match(noDeviceName(name)!, /percent sign/);
    for (const name of ['', '.', '..', 'éééééééé']) assert.notEqual(noDeviceName(name), undefined);
  });
});
