/** The relay by itself: what it may do, how it begins and what it says. */
import assert from 'node:assert/strict';
import { closeSync } from 'node:fs';
import { native } from '../../../src/linux/native.ts';
import { readStatus } from '../../../src/linux/procfs.ts';
import { leavesNothing } from '../support.ts';
import { freePort, Relay, types } from './relay-support.ts';

describe('the relay', function () {
  this.timeout(60_000);
  const relay = new Relay();
  afterEach(() => relay.kill());
  leavesNothing();

  it('has no rights', async () => {
    await relay.begin('tcp', await freePort('tcp'));
    const status = readStatus(relay.pid)!;
    const nobody = '65534\t65534\t65534\t65534';
    assert.deepEqual([status.get('Uid'), status.get('Gid'), status.get('Groups')], [nobody, nobody, '']);
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) assert.match(status.get(set)!, /^0+$/, set);
    assert.deepEqual([status.get('NoNewPrivs'), status.get('Name')], ['1', 'drydock:relay']);
    // The compiler's sanitizer makes calls of its own.
    if (!process.env.DRYDOCK_SHIM) assert.equal(status.get('Seccomp'), '2');
  });

  it('ends with whoever has begun it, until it was told to go', async () => {
    const socket = native.boundSocket(types.tcp, '::1', 0);
    relay.spawn([socket], ['127.0.0.1', '[::1]:0:80/tcp']);
    assert.equal(await relay.said(), 'ready');
    closeSync(relay.conversation);
    await relay.end();
  });

  it('says what is wrong with its words', async () => {
    for (const [words, why] of [
      [['here', '[::1]:0:80/tcp'], /an address of IPv4 is needed/],
      [['127.0.0.1', '[::1]:0:80/sctp'], /relay: \[::1\]:0:80\/sctp\nusage: drydock-shim relay /],
      [['127.0.0.1', '[::1]:0:65536/tcp'], /relay: \[::1\]:0:65536\/tcp\nusage/],
      [['127.0.0.1', '[::1]:0:80/udp'], /there must be a socket for each port/],
    ] as const) {
      const socket = native.boundSocket(types.tcp, '::1', 0);
      relay.spawn([socket], words);
      assert.match(await relay.said(), why);
      await relay.end(125);
      closeSync(relay.conversation);
    }
  });
});
