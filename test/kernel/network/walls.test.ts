/** What must not be reached: from outside, from another network, under another's address, after the end. */
import assert from 'node:assert/strict';
import { leavesNothing } from '../support.ts';
import { firewalls, type FirewallName } from './kernels.ts';
import { answers, asks, Lab, OURS, serves, THEIRS } from './lab.ts';

const onLoopback = { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }] } };

for (const firewall of firewalls) describe(`the walls of a network, by ${firewall}`, () => walls(firewall));

function walls(firewall: FirewallName): void {
  const lab = new Lab(firewall);
  before(() => lab.open());
  after(() => lab.close());
  afterEach(() => lab.clear());
  leavesNothing();

  it('keep a port that is published on 127.0.0.1 from everybody outside', async () => {
    const one = await lab.start('one', onLoopback, serves(80, 'hello'));
    await answers(() => lab.host(asks('127.0.0.1', 8080)), 'hello');
    assert.equal(await lab.other(asks(OURS, 8080)), '');
    assert.equal(await lab.host(asks(OURS, 8080)), '');
    // Somebody on the same wire sends his packets for 127.0.0.1, and for the container itself, to us.
    await lab.other(`ip route add 10.214.0.0/16 via ${OURS}; echo 1 >/proc/sys/net/ipv4/conf/eth0/route_localnet`);
    await lab.other(`ip addr del 127.0.0.1/8 dev lo; ip route add 127.0.0.1 via ${OURS}`);
    assert.equal(await lab.other(asks('127.0.0.1', 8080)), '');
    assert.equal(await lab.other(asks(one.address, 80)), '');
  });

  it('keep the services of the machine that listen on 127.0.0.1 from its containers', async () => {
    await lab.tell('createNetwork', { Name: 'red' });
    await lab.tell('createNetwork', { Name: 'inner', Internal: true });
    lab.serve('host', `require('net').createServer((s) => s.end('engine')).listen(2375, '127.0.0.1')`);
    await answers(() => lab.host(asks('127.0.0.1', 2375)), 'engine');
    for (const NetworkMode of ['bridge', 'red', 'inner']) {
      const one = await lab.start(`in-${NetworkMode}`, { NetworkMode });
      const gateway = one.address.replace(/\d+$/, '1');
      for (const address of [gateway, OURS, '127.0.0.1'])
        assert.equal(await lab.inside(one, asks(address, 2375)), '', NetworkMode);
      await lab.inside(one, 'ip addr del 127.0.0.1/8 dev lo; echo 1 >/proc/sys/net/ipv4/conf/eth0/route_localnet');
      await lab.inside(one, `ip route add 127.0.0.1 via ${gateway} src ${one.address}`);
      assert.equal(await lab.inside(one, asks('127.0.0.1', 2375)), '', NetworkMode);
    }
    await lab.clear();
    for (const name of ['red', 'inner']) await lab.tell('removeNetwork', name);
  });

  it('part two networks from each other, but not from what the other has published', async () => {
    for (const Name of ['red', 'blue']) await lab.tell('createNetwork', { Name });
    const published = { NetworkMode: 'red', PortBindings: { '80/tcp': [{ HostPort: '8080' }] } };
    const red = await lab.start('r', published, serves(80, 'hello'));
    const near = await lab.start('n', { NetworkMode: 'red' });
    const blue = await lab.start('b', { NetworkMode: 'blue' });
    await answers(() => lab.inside(near, asks(red.address, 80)), 'hello');
    assert.equal(await lab.inside(blue, asks(red.address, 80)), '');
    await answers(() => lab.inside(blue, asks(OURS, 8080)), 'hello');
    await lab.clear();
    for (const name of ['red', 'blue']) await lab.tell('removeNetwork', name);
    assert.doesNotMatch(await lab.host('ip -br link'), /dn[0-9a-f]{12}/);
  });

  it('have no way out of an internal network, and none in', async () => {
    await lab.tell('createNetwork', { Name: 'inner', Internal: true });
    // Another network, which lets in whoever asks for what it has published, was there before.
    await lab.start('web', { PortBindings: { '80/tcp': [{ HostPort: '8080' }] } }, serves(80, 'web'));
    await answers(() => lab.host(asks(OURS, 8080)), 'web');
    const one = await lab.start('one', { NetworkMode: 'inner' }, serves(80, 'hello'));
    const two = await lab.start('two', { NetworkMode: 'inner' });
    await answers(() => lab.inside(two, asks(one.address, 80)), 'hello');
    assert.equal(await lab.inside(two, asks(one.address.replace(/\d+$/, '1'), 8080)), '');
    await lab.inside(two, `ip route add default via ${one.address.replace(/\d+$/, '1')}`);
    await lab.other(`ip route add ${one.address.replace(/\d+$/, '0')}/24 via ${OURS}`);
    assert.match(await lab.inside(two, `busybox ping -c1 -W1 ${THEIRS}`), /100% packet loss/);
    assert.equal(await lab.other(asks(one.address, 80)), '');
    await lab.clear();
    await lab.tell('removeNetwork', 'inner');
  });

  it('let nobody speak under another address or MAC, in ARP neither', async () => {
    const one = await lab.start('one', {}, serves(80, 'hello'));
    const two = await lab.start('two');
    const ping = `busybox ping -c1 -W1 ${one.address}`;
    assert.match(await lab.inside(two, ping), /1 packets received/);
    await lab.inside(two, 'ip addr add 10.214.0.99/16 dev eth0');
    assert.match(await lab.inside(two, `${ping} -I 10.214.0.99`), /100% packet loss/);
    // One neighbour forgets who has 10.214.0.99, and hears nobody who says so.
    assert.match(await lab.inside(one, 'busybox arping -c1 -w1 -I eth0 10.214.0.99'), /Received 0 /);
    assert.match(await lab.inside(one, `busybox arping -c1 -w1 -I eth0 ${two.address}`), /Received 1 /);
    await lab.inside(two, 'ip link set eth0 address 02:00:00:00:00:99');
    assert.match(await lab.inside(two, ping), /100% packet loss/);
  });

  it('let packets pass a firewall of others that drops what is forwarded', async () => {
    await lab.tell('close');
    const others = firewall === 'nftables' ? 'iptables-nft' : 'iptables';
    await lab.host(`${others} -P FORWARD DROP; ${others} -A FORWARD -i docker0 -j ACCEPT`);
    try {
      const one = await lab.start('one');
      assert.match(await lab.inside(one, `busybox ping -c1 -W5 ${THEIRS}`), /1 packets received/);
      const chain = firewall === 'nftables' ? 'FORWARD' : 'DRYDOCK-PASS';
      assert.match(await lab.host(`${others} -S ${chain}`), new RegExp(`-A ${chain} -i drydock0 .*-j ACCEPT`));
      await lab.clear();
      await lab.tell('close');
      assert.equal(await lab.host(`${others} -S FORWARD`), '-P FORWARD DROP\n-A FORWARD -i docker0 -j ACCEPT');
    } finally {
      await lab.host(`${others} -P FORWARD ACCEPT; ${others} -F FORWARD`);
    }
  });
}
