import assert from 'node:assert/strict';
import { logBounds } from '../../../src/engine/log-options.ts';

describe('what a log may grow to', () => {
  it('is without end for json-file, and what Docker has for local', () => {
    assert.deepEqual(logBounds({}), { maxBytes: undefined, maxFiles: 1 });
    assert.deepEqual(logBounds({ Type: 'local' }), { maxBytes: 20 << 20, maxFiles: 5 });
  });

  it('is as the options say', () => {
    assert.deepEqual(logBounds({ Config: { 'max-size': '1.5k', 'max-file': '3' } }), { maxBytes: 1536, maxFiles: 3 });
    const Config = { 'max-size': '0', 'max-file': '0', compress: 'false' };
    assert.deepEqual(logBounds({ Type: 'local', Config }), { maxBytes: undefined, maxFiles: 1 });
    assert.deepEqual(logBounds({ Type: 'local', Config: { 'max-size': '2gb' } }), { maxBytes: 2 ** 31, maxFiles: 5 });
  });
});
