/** Containers in the default bridge: what reaches what, from inside and from outside. */
import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { leavesNothing } from '../support.ts';
import { answers, asks, Lab, OURS, serves, THEIRS } from './lab.ts';

describe('the default bridge', function () {
  const lab = new Lab();
  before(() => lab.open());
  after(() => lab.close());
  afterEach(() => lab.clear());
  leavesNothing();

  it('gives its containers addresses, and they reach one another and the world', async () => {
    const one = await lab.start('one', {}, serves(80, 'hello'));
    const two = await lab.start('two');
    assert.equal(one.address, '10.214.0.2');
    assert.equal(two.address, '10.214.0.3');
    assert.match(await lab.inside(one, 'ip -o -4 addr show eth0'), / inet 10\.214\.0\.2\/16 brd 10\.214\.255\.255 /);
    await answers(() => lab.inside(two, asks(one.address, 80)), 'hello');
    assert.match(await lab.inside(two, `busybox ping -c1 -W5 ${THEIRS}`), /1 packets received/);
  });

  it('leads a published port to the container: from 127.0.0.1, from our addresses, from others, from itself', async () => {
    const one = await lab.start('one', { PortBindings: { '80/tcp': [{ HostPort: '8080' }] } }, serves(80, 'hello'));
    const two = await lab.start('two');
    await answers(() => lab.host(asks('127.0.0.1', 8080)), 'hello');
    await answers(() => lab.host(asks(OURS, 8080)), 'hello');
    await answers(() => lab.other(asks(OURS, 8080)), 'hello');
    await answers(() => lab.inside(two, asks(OURS, 8080)), 'hello');
    await answers(() => lab.inside(two, asks('10.214.0.1', 8080)), 'hello');
    await answers(() => lab.inside(one, asks(OURS, 8080)), 'hello');
  });

  it('pulls out the cable of a container that has ended, also where its network namespace lives on', async () => {
    const one = await lab.start('one');
    const joined = openSync(`/proc/${one.pid}/ns/net`, 'r');
    try {
      await lab.tell('remove', one.record);
      await lab.tell('isOut', one.record);
      assert.equal(await lab.host('ip -o link show master drydock0'), '');
    } finally {
      closeSync(joined);
    }
    assert.equal((await lab.start('two')).address, one.address);
  });
});
