/** Published ports in every form, and places in networks that were asked for. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { leavesNothing } from '../support.ts';
import { recordOf } from './container.ts';
import { firewalls, type FirewallName } from './kernels.ts';
import { answers, asks, Lab, OURS, serves } from './lab.ts';

for (const firewall of firewalls.slice(0, 2)) describe(`a port, by ${firewall}`, () => ports(firewall));

function ports(firewall: FirewallName): void {
  const lab = new Lab(firewall);
  before(async () => {
    await lab.open();
    await lab.tell('createNetwork', { Name: 'app', IPAM: { Config: [{ Subnet: '10.77.0.0/24' }] } });
    const six = { Config: [{ Subnet: '10.78.0.0/24' }, { Subnet: 'fd00:78::/64' }] };
    await lab.tell('createNetwork', { Name: 'six', EnableIPv6: true, IPAM: six });
  });
  after(() => lab.close());
  afterEach(() => lab.clear());
  leavesNothing();

  it('that nobody has chosen is one that is free, for each that the image exposes', async () => {
    const wishes = { PublishAllPorts: true, Config: { ExposedPorts: { '80/tcp': {}, '81/tcp': {} } } };
    const one = await lab.start('one', wishes, serves(80, 'hello'));
    const { Ports } = await lab.tell('settings', one.record, one.pid);
    const port = Number(Ports['80/tcp']![0]!.HostPort);
    assert.notEqual(Ports['81/tcp']![0]!.HostPort, String(port));
    await answers(() => lab.other(asks(OURS, port)), 'hello');
  });

  it('is refused with all others of its range, and none is bound, where the engine may not open so many files', async () => {
    const all = Array.from({ length: 200 }, (_, i) => [`${10_000 + i}/tcp`, [{ HostPort: String(10_000 + i) }]]);
    const PortBindings = Object.fromEntries(all) as Record<string, { HostPort: string }[]>;
    await lab.tell('exhaust', 100);
    await assert.rejects(lab.tell('decide', recordOf('one', { PortBindings })), {
      code: 'SYSCALL',
      message:
        /^too many ports are published: they need 400 open files, and the engine may have 256, of which \d+ are open/,
      hint: /LimitNOFILE=/,
    });
    await lab.tell('relax');
    await lab.start('one', { PortBindings: { '80/tcp': [{ HostPort: '10000' }] } });
  });

  it('of UDP is led there too', async () => {
    const one = await lab.start('one', { PortBindings: { '53/udp': [{ HostPort: '5353' }] } });
    const echo = `const s = require('dgram').createSocket('udp4');
      s.on('message', (m, { port, address }) => s.send(m, port, address));
      s.bind(53, () => console.log('on'));`;
    await once(lab.serve(one, echo).stdout!, 'data');
    const ask = `const s = require('dgram').createSocket('udp4');
      s.on('message', (m) => { console.log(String(m)); process.exit(); });
      const send = () => s.send('hello', 5353, '${OURS}'); send(); setInterval(send, 100).unref();`;
    const [said] = (await once(lab.serve('other', ask).stdout!, 'data')) as [Buffer];
    assert.equal(String(said).trim(), 'hello');
    assert.deepEqual((await lab.tell('settings', one.record, one.pid)).Ports, {
      '53/udp': [
        { HostIp: '0.0.0.0', HostPort: '5353' },
        { HostIp: '::', HostPort: '5353' },
      ],
    });
  });

  it('that a program of the machine listens on is refused, and the next of a range is taken', async () => {
    const program = lab.serve(
      'host',
      `require('net').createServer().listen(8000, '127.0.0.1', () => console.log('on'))`,
    );
    await once(program.stdout!, 'data');
    await assert.rejects(lab.start('one', { PortBindings: { '80/tcp': [{ HostPort: '8000' }] } }), {
      code: 'PORT_IN_USE',
      message: 'Bind for 0.0.0.0:8000 failed: port is already allocated',
    });
    const two = await lab.start('two', { PortBindings: { '80/tcp': [{ HostPort: '8000-8001' }] } });
    const { Ports } = await lab.tell('settings', two.record, two.pid);
    assert.equal(Ports['80/tcp']![0]!.HostPort, '8001');
  });

  it('that is published is held against programs of the machine, until the container is gone', async () => {
    await lab.start('one', { PortBindings: { '80/tcp': [{ HostPort: '8080' }] } });
    const tries = `require('net').createServer().on('error', (e) => console.log(e.code)).listen(8080, () => console.log('on'))`;
    const said = async (): Promise<string> => String((await once(lab.serve('host', tries).stdout!, 'data'))[0]).trim();
    assert.equal(await said(), 'EADDRINUSE');
    await lab.clear();
    assert.equal(await said(), 'on');
  });

  it('on an address of IPv6 leads to a container that has one', async () => {
    const on = (NetworkMode: string, HostIp: string) => ({
      NetworkMode,
      PortBindings: { '80/tcp': [{ HostIp, HostPort: '8080' }] },
    });
    await lab.host('ip addr add fd00:1::1/64 dev eth0 nodad');
    await lab.other('ip addr add fd00:1::2/64 dev eth0 nodad');
    const listen = `exec nc -ll -p 80 -e echo hello`;
    for (const [name, address] of Object.entries({ named: '::', everywhere: '' })) {
      await lab.start(name, on('six', address), listen);
      await answers(() => lab.other(asks('fd00:1::1', 8080)), 'hello');
      await answers(() => lab.host(asks('::1', 8080)), 'hello');
      await lab.clear();
    }
    await lab.start('two', { NetworkMode: 'six' });
    const outside = { six: { IPAMConfig: { IPv6Address: 'fd00:79::2' } } };
    await assert.rejects(lab.start('one', { NetworkMode: 'six', Networks: outside }), {
      code: 'NETWORK_INVALID',
      message: 'no configured subnet or ip-range contains the IP address fd00:79::2',
    });
    const three = await lab.start('three', { NetworkMode: 'six' });
    assert.match(await lab.inside(three, 'busybox ping -6 -c1 -W5 fd00:78::2'), /1 packets received/);
    assert.match(await lab.inside(three, 'busybox ping -6 -c1 -W5 fd00:1::2'), /1 packets received/);
  });

  it('goes to an address and a MAC that were asked for', async () => {
    const wishes = {
      NetworkMode: 'app',
      Config: { MacAddress: '02:00:00:00:00:07' },
      Networks: { app: { IPAMConfig: { IPv4Address: '10.77.0.7' } } },
      PortBindings: { '80/tcp': [{ HostIp: OURS, HostPort: '8080' }] },
    };
    const one = await lab.start('one', wishes, serves(80, 'hello'));
    assert.equal(one.address, '10.77.0.7');
    assert.match(await lab.inside(one, 'ip link show eth0'), /link\/ether 02:00:00:00:00:07/);
    await answers(() => lab.other(asks(OURS, 8080)), 'hello');
    assert.equal(await lab.host(asks('127.0.0.1', 8080)), '');
    await assert.rejects(lab.tell('decide', recordOf('two', { ...wishes, PortBindings: {} })), {
      code: 'ADDRESS_IN_USE',
    });
    const outside = { NetworkMode: 'app', Networks: { app: { IPAMConfig: { IPv4Address: '10.78.0.7' } } } };
    await assert.rejects(lab.tell('decide', recordOf('two', outside)), { code: 'NETWORK_INVALID' });
    for (const NetworkMode of ['bridge', 'none', 'host']) {
      const atHome = { NetworkMode, Networks: { [NetworkMode]: { IPAMConfig: { IPv4Address: '10.214.0.9' } } } };
      await assert.rejects(lab.tell('decide', recordOf('two', atHome)), {
        message: 'user specified IP address is supported on user defined networks only',
      });
    }
    const { Networks } = await lab.tell('settings', one.record, one.pid);
    assert.equal(Networks.app!.IPAddress, '10.77.0.7');
    assert.equal(Networks.app!.Gateway, '10.77.0.1');
  });
}
