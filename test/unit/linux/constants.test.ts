import assert from 'node:assert/strict';
import { lstatSync } from 'node:fs';
import {
  flagNames,
  majorOf,
  makedev,
  minorOf,
  mountFlags,
  signalName,
  signalNumber,
} from '../../../src/linux/constants.ts';

describe('constants', () => {
  it('take a signal by number, bare name or full name in any case', () => {
    for (const name of ['15', 'TERM', 'SIGTERM', 'sigterm', 'term']) assert.equal(signalNumber(name), 15, name);
    assert.equal(signalNumber('RTMIN'), 34);
    assert.equal(signalNumber('SIGRTMIN+3'), 37);
    assert.equal(signalNumber('RTMAX-1'), 63);
  });

  it('refuse what is no signal', () => {
    for (const name of ['0', '65', '-1', 'NONSENSE', '', 'RTMIN-1', 'RTMAX+1', '1.5', 'toString']) {
      assert.equal(signalNumber(name), undefined, name);
    }
  });

  it('name a signal', () => {
    assert.equal(signalName(6), 'SIGABRT');
    assert.equal(signalName(29), 'SIGIO');
    assert.equal(signalName(34), 'SIGRTMIN');
    assert.equal(signalName(36), 'SIGRTMIN+2');
    assert.equal(signalName(99), 'signal 99');
  });

  it('print flags by name and keep what has none', () => {
    assert.equal(flagNames(mountFlags, mountFlags.MS_BIND | mountFlags.MS_REC), 'MS_BIND|MS_REC');
    assert.equal(flagNames(mountFlags, 0), '0');
    assert.equal(flagNames(mountFlags, 1 | (1 << 29)), 'MS_RDONLY|0x20000000');
  });

  it('build device numbers as the kernel does, and take them apart again', () => {
    const device = BigInt(lstatSync('/dev/null').rdev);
    assert.equal(makedev(1, 3), device);
    for (const [major, minor] of [
      [0, 0],
      [136, 5],
      [259, 70000],
      [4095, 1048575],
    ] as const) {
      const made = makedev(major, minor);
      assert.deepEqual([majorOf(made), minorOf(made)], [major, minor]);
    }
  });
});
