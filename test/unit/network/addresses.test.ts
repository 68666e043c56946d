import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  freeSubnet,
  isHostIn,
  macFor,
  nextAddress,
  parseSubnet,
  POOLS,
  subnetText,
} from '../../../src/network/addresses.ts';
import { isWithin, numberOf, overlap, textOf, type Net } from '../../../src/network/link/ipv4.ts';
import { bytesOf, nth, parseSubnet6, textOf as textOf6 } from '../../../src/network/link/ipv6.ts';

const subnet = parseSubnet('10.214.0.0/16', 'subnet');

describe('the next address', () => {
  it('is the lowest that nobody has, and never the first or the last of its subnet', () => {
    assert.equal(nextAddress(subnet, new Set()), '10.214.0.1');
    assert.equal(nextAddress(subnet, new Set(['10.214.0.1', '10.214.0.2', '10.214.0.4'])), '10.214.0.3');
    const small = parseSubnet('192.168.7.252/30', 'subnet');
    assert.equal(nextAddress(small, new Set(['192.168.7.253'])), '192.168.7.254');
    assert.equal(nextAddress(small, new Set(['192.168.7.253', '192.168.7.254'])), undefined);
  });

  it('lies in its subnet and is free, whatever is taken', () => {
    const any = fc.record({
      prefix: fc.integer({ min: 24, max: 30 }),
      taken: fc.array(fc.integer({ min: 0, max: 255 })),
    });
    fc.assert(
      fc.property(any, ({ prefix, taken }) => {
        const net = parseSubnet(`203.0.113.77/${prefix}`, 'subnet');
        const used = new Set(taken.map((n) => textOf(numberOf(net.address) + (n % 2 ** (32 - prefix)))));
        const next = nextAddress(net, used);
        if (next !== undefined) assert(isHostIn(next, net) && !used.has(next));
      }),
    );
  });
});

describe('a subnet', () => {
  it('for a network has nothing in common with those that are taken', () => {
    assert.deepEqual(freeSubnet(POOLS.bridge, []), subnet);
    const taken = [parseSubnet('10.214.3.0/24', ''), parseSubnet('10.215.0.0/16', '')];
    assert.deepEqual(freeSubnet(POOLS.bridge, taken), { address: '10.216.0.0', prefix: 16 });
    assert.deepEqual(freeSubnet(POOLS.user, taken), { address: '10.216.0.0', prefix: 24 });
    assert.throws(() => freeSubnet(POOLS.user, [parseSubnet('10.0.0.0/8', '')]), { code: 'NETWORK_INVALID' });
  });

  it('is taken from the pools that somebody has named, in their order', () => {
    const pools = [
      { base: '172.31.0.0/23', size: 24 },
      { base: '192.168.64.0/18', size: 20 },
    ];
    const taken: Net[] = [];
    for (const wanted of ['172.31.0.0/24', '172.31.1.0/24', '192.168.64.0/20', '192.168.80.0/20']) {
      const found = freeSubnet(POOLS.user, taken, pools);
      assert.equal(subnetText(found), wanted);
      taken.push(found);
    }
    assert.throws(() => freeSubnet(POOLS.user, taken, pools.slice(0, 1)), /all subnets of default-address-pools are/);
  });

  it('that is not written as one is refused, with the field that it was for', () => {
    for (const text of [
      '10.1.0.0',
      '10.1.0.0/33',
      '10.1.0/16',
      '10.1.0.256/16',
      '10.1.0.0/1x',
      '',
      'x/8',
      '10.1.0.0/16/2',
    ])
      assert.throws(() => parseSubnet(text, 'IPAM.Config.Subnet'), {
        code: 'NETWORK_INVALID',
        message: `IPAM.Config.Subnet: "${text}" is no network`,
      });
    assert.deepEqual(parseSubnet('10.1.2.3/16', ''), { address: '10.1.0.0', prefix: 16 });
  });

  it('overlaps one that it lies in, whichever is asked about the other', () => {
    const [large, small, other] = ['10.0.0.0/8', '10.1.2.0/24', '11.0.0.0/24'].map((text) => parseSubnet(text, ''));
    assert(overlap(large!, small!) && overlap(small!, large!) && !overlap(small!, other!));
    assert(isWithin('203.0.113.200', { address: '0.0.0.0', prefix: 0 }));
  });
});

describe('a MAC', () => {
  it('follows from the address', () => assert.equal(macFor('10.214.0.2'), '02:42:0a:d6:00:02'));
});

describe('an address of IPv6', () => {
  it('is read and written in its shortest form', () => {
    for (const text of ['::', '::1', 'fd00:1::2', '2001:db8:0:1::', 'fe80::42:aff:fed6:2'])
      assert.equal(textOf6(bytesOf(text)), text);
  });

  it('is counted in the last 16 bits of its subnet', () => {
    assert.equal(nth('fd00:1::/64', 2), 'fd00:1::2');
    assert.deepEqual(parseSubnet6('fd00:1::99/64'), { subnet: 'fd00:1::/64', gateway: 'fd00:1::1' });
    assert.throws(() => parseSubnet6('fd00::/120'), { code: 'NETWORK_INVALID' });
  });
});
