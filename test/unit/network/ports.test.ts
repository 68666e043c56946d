import assert from 'node:assert/strict';
import type { Attached, PublishedPort } from '../../../src/network/networks.ts';
import { choosePort, collide, TakenPorts, wantedPorts } from '../../../src/network/ports.ts';

const record = (HostConfig: Attached['HostConfig'], exposed: string[] = []): Attached => ({
  Id: 'a'.repeat(64),
  Name: '/one',
  Config: { ExposedPorts: Object.fromEntries(exposed.map((key) => [key, {}])) },
  HostConfig,
  NetworkSettings: { Networks: {} },
});

const published = (change: Partial<PublishedPort> = {}): PublishedPort => ({
  protocol: 'tcp',
  hostAddress: '0.0.0.0',
  hostPort: 80,
  port: 80,
  ...change,
});

describe('ports that are asked for', () => {
  it('may have an address, a protocol, a range, or nothing', () => {
    const PortBindings = {
      '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }, {}],
      '53/udp': [{ HostPort: '5300-5310' }],
      '90': [{ HostPort: '0' }],
    };
    assert.deepEqual(wantedPorts(record({ PortBindings })), [
      { protocol: 'tcp', port: 90, hostAddress: '0.0.0.0', isEverywhere: true, hostPorts: undefined },
      { protocol: 'tcp', port: 80, hostAddress: '127.0.0.1', isEverywhere: false, hostPorts: [8080, 8080] },
      { protocol: 'tcp', port: 80, hostAddress: '0.0.0.0', isEverywhere: true, hostPorts: undefined },
      { protocol: 'udp', port: 53, hostAddress: '0.0.0.0', isEverywhere: true, hostPorts: [5300, 5310] },
    ]);
  });

  it('are all that are exposed with -P, each once', () => {
    const PortBindings = { '80/tcp': [{ HostPort: '8080' }] };
    const wanted = wantedPorts(record({ PortBindings, PublishAllPorts: true }, ['80', '443/tcp', '53/udp']));
    assert.deepEqual(
      wanted.map(({ port, protocol }) => `${port}/${protocol}`),
      ['80/tcp', '443/tcp', '53/udp'],
    );
  });

  it('that are none are refused, with what was written', () => {
    const wrong = {
      '0/tcp': '',
      '80/icmp': '',
      '65536/tcp': '',
      x: '',
      '80/tcp': '80a',
      '81/tcp': '90-80',
      '82/tcp': '70000',
    };
    for (const [key, HostPort] of Object.entries(wrong))
      assert.throws(() => wantedPorts(record({ PortBindings: { [key]: [{ HostPort }] } })), {
        code: 'PORT_INVALID',
        message: new RegExp(`${HostPort || key}`),
      });
    for (const HostIp of ['localhost', 'fe80::1%eth0', 'fe80::1'])
      assert.throws(() => wantedPorts(record({ PortBindings: { '80/tcp': [{ HostIp }] } })), { code: 'PORT_INVALID' });
  });

  it('are on the address that was written, also where it was written in another way', () => {
    const other = {
      '0:0::1': '::1',
      '::ffff:192.0.2.1': '192.0.2.1',
      '::FFFF:c000:0201': '192.0.2.1',
      '::ffff:0.0.0.0': '0.0.0.0',
      '::192.0.2.1': '::c000:201',
    };
    for (const [HostIp, address] of Object.entries(other)) {
      const [port] = wantedPorts(record({ PortBindings: { '80/tcp': [{ HostIp }] } }));
      assert.deepEqual([port!.hostAddress, port!.isEverywhere], [address, false]);
    }
  });
});

describe('a port of the host', () => {
  it('collides with the same one on the same address, and on all addresses', () => {
    assert(collide(published(), published({ hostAddress: '127.0.0.1' })));
    assert(collide(published({ hostAddress: '127.0.0.1' }), published()));
    assert(!collide(published({ hostAddress: '127.0.0.1' }), published({ hostAddress: '127.0.0.2' })));
    assert(!collide(published(), published({ protocol: 'udp' })));
    assert(!collide(published(), published({ hostPort: 81 })));
    assert(!collide(published(), published({ hostAddress: '::' })));
  });

  it('is found among those that are taken, by its number', () => {
    const taken = new TakenPorts();
    taken.add([published({ hostAddress: '127.0.0.1' }), published({ hostAddress: '127.0.0.2' })]);
    assert(taken.has(published()));
    assert(taken.has(published({ hostAddress: '127.0.0.2' })));
    for (const other of [{ hostAddress: '127.0.0.3' }, { protocol: 'udp' }, { hostPort: 81 }, { hostAddress: '::' }])
      assert(!taken.has(published(other as Partial<PublishedPort>)));
  });

  it('is the first of its range that is free', () => {
    const wanted = { protocol: 'tcp', port: 80, hostAddress: '0.0.0.0', hostPorts: [8000, 8003] } as const;
    const choose = (some: object, isTaken: (port: PublishedPort) => boolean, range: [number, number] = [1, 2]) =>
      choosePort({ ...wanted, ...some }, ['0.0.0.0', '::'], (all) => all.find(isTaken), range);
    assert.deepEqual(
      choose({}, ({ hostPort }) => hostPort <= 8001).map(({ hostAddress, hostPort }) => [hostAddress, hostPort]),
      [
        ['0.0.0.0', 8002],
        ['::', 8002],
      ],
    );
    assert.throws(() => choose({}, () => true), {
      code: 'PORT_IN_USE',
      message: 'Bind for 0.0.0.0:8000-8003 failed: port is already allocated',
    });
    assert.throws(() => choose({ hostPorts: [80, 80] }, ({ hostAddress }) => hostAddress === '::'), {
      message: 'Bind for :::80 failed: port is already allocated',
    });
    assert.equal(choose({ hostPorts: undefined }, () => false, [32768, 60999])[0]!.hostPort, 32768);
  });
});
