import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Digest } from '../../../src/content/digest.ts';
import { chainId, chainIds } from '../../../src/images/chain.ts';

const digest = (text: string): Digest => `sha256:${createHash('sha256').update(text).digest('hex')}` as Digest;

describe('the chain ID of a layer', () => {
  const [a, b, c] = [digest('a'), digest('b'), digest('c')];

  it('is the diff ID of the lowest one', () => assert.equal(chainId(undefined, a), a));

  it('is the digest of the chain ID below and the diff ID, with a space between', () => {
    assert.equal(chainId(a, b), digest(`${a} ${b}`));
    assert.deepEqual(chainIds([a, b, c]), [a, digest(`${a} ${b}`), digest(`${digest(`${a} ${b}`)} ${c}`)]);
  });

  it('depends on the order, and on everything below', () => {
    assert.notEqual(chainIds([a, b]).at(-1), chainIds([b, a]).at(-1));
    assert.notEqual(chainIds([a, b, c]).at(-1), chainIds([b, c]).at(-1));
    assert.deepEqual(chainIds([]), []);
  });
});
