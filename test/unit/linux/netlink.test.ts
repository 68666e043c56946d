import assert from 'node:assert/strict';
import { attribute, attributesIn, message, named, nested, numbered, textOf } from '../../../src/linux/netlink.ts';

describe('a netlink message', () => {
  it('begins with its own length, its type, its flags and its number', () => {
    const bytes = message(16, 0x605, 7, [Buffer.alloc(16), named(3, 'eth0')]);
    assert.equal(bytes.length, 16 + 16 + 12);
    assert.equal(bytes.subarray(0, 16).toString('hex'), '2c000000' + '1000' + '0506' + '07000000' + '00000000');
  });

  it('has attributes whose length counts their head and not the zeros behind', () => {
    assert.equal(attribute(3, Buffer.from('ab')).toString('hex'), '06000300' + '61620000');
    assert.equal(attribute(1, Buffer.alloc(4, 0xff)).toString('hex'), '08000100' + 'ffffffff');
    assert.equal(attribute(1, Buffer.alloc(0)).toString('hex'), '04000100');
    assert.equal(numbered(28, 258).toString('hex'), '08001c00' + '02010000');
  });

  it('can be read again, attributes within attributes too', () => {
    const found = attributesIn(Buffer.concat([named(3, 'lo'), nested(18, named(1, 'veth'), numbered(2, 5))]));
    assert.equal(textOf(found.get(3)!), 'lo');
    const inner = attributesIn(found.get(18)!);
    assert.equal(textOf(inner.get(1)!), 'veth');
    assert.equal(inner.get(2)!.readUInt32LE(0), 5);
  });

  it('that is cut off in an attribute gives those before it', () => {
    const bytes = Buffer.concat([numbered(1, 1), Buffer.from([0, 0, 2, 0])]);
    assert.deepEqual([...attributesIn(bytes).keys()], [1]);
    assert.deepEqual([...attributesIn(bytes.subarray(0, 10)).keys()], [1]);
  });
});
