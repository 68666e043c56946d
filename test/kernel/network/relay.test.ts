/** Published ports by IPv6, of containers that have IPv4 alone: a relay leads there, as long as the container runs. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { leavesNothing, until } from '../support.ts';
import { recordOf } from './container.ts';
import { answers, asks, Lab, OURS, serves, type Started } from './lab.ts';
import {
  isGone,
  listensIn,
  networksFor,
  pathOfRelay,
  published,
  recordOfRelay,
  SIX,
  type RelayRecord,
} from './relay-support.ts';

describe('the relay of a container', function () {
  let lab: Lab;

  const relayOf = (one: Started): RelayRecord => recordOfRelay(lab, one);
  const listens = (port: number, address: string): Promise<string> => listensIn(lab, port, address);

  describe('while its engine is there', () => {
    before(async () => {
      lab = new Lab();
      await lab.open();
      await networksFor(lab);
    });
    after(() => lab.close());
    afterEach(() => lab.clear());
    leavesNothing();

    it('leads from every address of IPv6 that the machine has, where none was named', async () => {
      const one = await lab.start('one', published('app'), serves(80, 'hello'));
      for (const [ask, from] of [
        [() => lab.host(asks('::1', 8080)), 'ourselves'],
        [() => lab.host(asks(SIX, 8080)), 'our own address'],
        [() => lab.other(asks(SIX, 8080)), 'another machine'],
        [() => lab.other(asks(OURS, 8080)), 'another machine, by IPv4'],
      ] as const)
        await answers(ask, 'hello').catch((error: unknown) => assert.fail(`from ${from}: ${String(error)}`));
      assert.deepEqual((await lab.tell('settings', one.record, one.pid)).Ports, {
        '80/tcp': [
          { HostIp: '0.0.0.0', HostPort: '8080' },
          { HostIp: '::', HostPort: '8080' },
        ],
      });
      const { pid, way } = relayOf(one);
      assert.deepEqual(way, [one.address, '[::]:8080:80/tcp']);
      await lab.clear();
      assert(isGone(pid));
      assert.equal(await listens(8080, '::'), 'on');
    });

    it('leads from the address that was named, and from no other', async () => {
      await lab.start('one', published('app', '::1'), serves(80, 'hello'));
      await answers(() => lab.host(asks('::1', 8080)), 'hello');
      assert.equal(await lab.host(asks('127.0.0.1', 8080)), '');
      assert.equal(await lab.other(asks(SIX, 8080)), '');
      await lab.start('two', published('app', '::', '8081'), serves(80, 'two'));
      await answers(() => lab.other(asks(SIX, 8081)), 'two');
      assert.equal(await lab.other(asks(OURS, 8081)), '');
      // Where the container has IPv6, rules lead from every address but ::1.
      const six = await lab.start('six', published('six', '::1', '8082'), serves(80, 'six'));
      await answers(() => lab.host(asks('::1', 8082)), 'six');
      assert.deepEqual(relayOf(six).way, [six.address, '[::1]:8082:80/tcp']);
    });

    it('is not there for a container that rules lead to', async () => {
      const six = await lab.start('six', published('six', '0.0.0.0'));
      const four = await lab.start('four', published('app', '0.0.0.0', '8081'));
      const named = await lab.start('named', published('six', SIX, '8082'));
      for (const one of [six, four, named]) assert.throws(() => relayOf(one), { code: 'ENOENT' });
    });

    it('leads from ::1 alone to a container with IPv6, and rules from everywhere else', async () => {
      const six = await lab.start('six', published('six'), serves(80, 'hello'));
      assert.deepEqual(relayOf(six).way, [six.address, '[::]:8080:80/tcp']);
      await answers(() => lab.host(asks('::1', 8080)), 'hello');
      const { pid } = relayOf(six);
      process.kill(pid, 'SIGSTOP');
      for (const machine of ['host', 'other'] as const) await answers(() => lab[machine](asks(SIX, 8080)), 'hello');
      process.kill(pid, 'SIGCONT');
      await lab.clear();
      assert(isGone(pid));
      assert.equal(await listens(8080, '::'), 'on');
    });

    it('answers datagrams from the address that was asked', async () => {
      const one = await lab.start('one', { NetworkMode: 'app', PortBindings: { '53/udp': [{ HostPort: '5353' }] } });
      const echo = `const s = require('dgram').createSocket('udp4');
        s.on('message', (m, { port, address }) => s.send(m, port, address));
        s.bind(53, () => console.log('on'));`;
      await once(lab.serve(one, echo).stdout!, 'data');
      // The machine has two addresses on this cable now, and would choose the other one by itself.
      await lab.host('ip addr add fd00:1::9/64 dev eth0 nodad');
      for (const address of [SIX, 'fd00:1::9']) {
        const ask = `const s = require('dgram').createSocket('udp6');
          s.on('message', (m, { address }) => { console.log(m + ' from ' + address); process.exit(); });
          s.send('hello', 5353, '${address}')`;
        const [said] = (await once(lab.serve('other', ask).stdout!, 'data')) as [Buffer];
        assert.equal(String(said).trim(), `hello from ${address}`);
      }
    });

    it('leads a range, and what is taken on IPv6 alone is refused, or the next is taken', async () => {
      assert.equal(await listens(8000, '::1'), 'on');
      await assert.rejects(lab.start('one', published('app', '', '8000')), {
        code: 'PORT_IN_USE',
        message: 'Bind for :::8000 failed: port is already allocated',
      });
      // What it had of it by then is given back.
      assert.equal(await listens(8000, '127.0.0.1'), 'on');
      const PortBindings = { '80/tcp': [{ HostPort: '8000-8002' }], '81/tcp': [{ HostPort: '8000-8002' }] };
      const two = await lab.start('two', { NetworkMode: 'app', PortBindings }, serves(81, 'hello'));
      assert.deepEqual(relayOf(two).way, [two.address, '[::]:8001:80/tcp', '[::]:8002:81/tcp']);
      await answers(() => lab.host(asks('::1', 8002)), 'hello');
      await assert.rejects(lab.start('three', published('app', '::1', '8001')), {
        message: 'Bind for ::1:8001 failed: port is already allocated',
      });
    });

    it('is not begun where one descriptor is missing for its port, and all that was held is free again', async () => {
      await lab.tell('exhaust', 1);
      await assert.rejects(lab.tell('decide', recordOf('one', published('app'))), {
        message: /^too many ports are published: the engine may have 256 files open, .*\(EMFILE\)$/,
        hint: /LimitNOFILE=/,
      });
      await lab.tell('relax');
      assert.equal(await listens(8080, '127.0.0.1'), 'on');
    });

    it('is reached from no internal network, whichever was there first, and other ports of the machine are', async () => {
      const inner = { Config: [{ Subnet: '10.79.0.0/24' }, { Subnet: 'fd00:79::/64' }] };
      await lab.tell('createNetwork', { Name: 'inner', Internal: true, EnableIPv6: true, IPAM: inner });
      const inside = await lab.start('inside', { NetworkMode: 'inner' });
      const outside = await lab.start('outside', { NetworkMode: 'six' });
      lab.serve('host', `require('net').createServer((s) => s.end('machine')).listen(9090, '::')`);
      await answers(() => lab.inside(inside, asks('fd00:79::1', 9090)), 'machine');
      await lab.start('one', published('app'), serves(80, 'hello'));
      await answers(() => lab.inside(outside, asks('fd00:78::1', 8080)), 'hello');
      assert.equal(await lab.inside(inside, asks('fd00:79::1', 8080)), '');
      assert.equal(await lab.inside(inside, asks('10.79.0.1', 8080)), '');
      assert.equal(await lab.inside(inside, asks('fd00:79::1', 9090)), 'machine');
      await lab.tell('connect', 'inner', outside.record, {}, outside.pid);
      assert.equal(await lab.inside(outside, asks('fd00:79::1', 8080)), '');
      // Whoever gets the port afterwards is the machine's.
      await lab.clear();
      const late = await lab.start('late', { NetworkMode: 'inner' });
      lab.serve('host', `require('net').createServer((s) => s.end('machine')).listen(8080, '::')`);
      await answers(() => lab.inside(late, asks('fd00:79::1', 8080)), 'machine');
      await lab.start('two', published('app', '', '8081'), serves(80, 'two'));
      await answers(() => lab.host(asks('::1', 8081)), 'two');
      assert.equal(await lab.inside(late, asks('fd00:79::1', 8081)), '');
      await lab.clear();
      await lab.tell('removeNetwork', 'inner');
    });

    it('goes with the way out to another network, and ends with it', async () => {
      const one = await lab.start('one', published('app'), serves(80, 'hello'));
      await answers(() => lab.host(asks('::1', 8080)), 'hello');
      const first = relayOf(one);
      await lab.tell('connect', 'bridge', one.record, {}, one.pid);
      assert.deepEqual(relayOf(one), first);
      await lab.tell('disconnect', 'app', one.record, one.pid);
      const second = relayOf(one);
      assert(isGone(first.pid));
      assert.deepEqual(second.way, ['10.214.0.2', '[::]:8080:80/tcp']);
      await answers(() => lab.host(asks('::1', 8080)), 'hello');
      // To one with IPv6, where rules lead from all addresses but ::1, and the port is held.
      await lab.tell('connect', 'six', one.record, {}, one.pid);
      await lab.tell('disconnect', 'bridge', one.record, one.pid);
      assert(isGone(second.pid));
      await answers(() => lab.other(asks(SIX, 8080)), 'hello');
      await answers(() => lab.host(asks('::1', 8080)), 'hello');
      assert.equal(await listens(8080, '::'), 'EADDRINUSE');
      // And back.
      await lab.tell('connect', 'app', one.record, {}, one.pid);
      await lab.tell('disconnect', 'six', one.record, one.pid);
      await answers(() => lab.host(asks('::1', 8080)), 'hello');
      const third = relayOf(one);
      await lab.tell('disconnect', 'app', one.record, one.pid);
      assert(isGone(third.pid));
      assert.equal(await listens(8080, '::'), 'on');
    });
  });

  describe('whose engine', () => {
    leavesNothing();
    describe('is killed', () => {
      beforeEach(async () => {
        lab = new Lab();
        await lab.open();
        await networksFor(lab);
      });
      afterEach(() => lab.close());

      it('goes on, and the next engine has it, and ends it', async () => {
        const one = await lab.start('one', published('app'), serves(80, 'hello'));
        await answers(() => lab.host(asks('::1', 8080)), 'hello');
        const before = relayOf(one);
        await lab.killEngine();
        assert.equal(await lab.host(asks('::1', 8080)), 'hello');
        // Its port is held also while no engine is there.
        assert.equal(await listens(8080, '::'), 'EADDRINUSE');
        await lab.startEngine();
        await lab.tell('adopt', one.record, one.pid);
        assert.deepEqual(relayOf(one), before);
        assert.equal(await lab.host(asks('::1', 8080)), 'hello');
        await lab.clear();
        assert(isGone(before.pid));
      });

      it('goes on beside the rules to a container with IPv6, and the next engine has it', async () => {
        const six = await lab.start('six', published('six'), serves(80, 'hello'));
        await answers(() => lab.host(asks('::1', 8080)), 'hello');
        const before = relayOf(six);
        await lab.killEngine();
        assert.equal(await lab.host(asks('::1', 8080)), 'hello');
        await lab.startEngine();
        await lab.tell('adopt', six.record, six.pid);
        assert.deepEqual(relayOf(six), before);
        assert.equal(await lab.host(asks('::1', 8080)), 'hello');
        await answers(() => lab.other(asks(SIX, 8080)), 'hello');
        assert.equal(await listens(8080, '::'), 'EADDRINUSE');
      });

      it('is begun anew by the next engine if it has died, or leads elsewhere', async () => {
        const one = await lab.start('one', published('app'), serves(80, 'hello'));
        await answers(() => lab.host(asks('::1', 8080)), 'hello');
        const first = relayOf(one);
        await lab.killEngine();
        process.kill(first.pid, 'SIGKILL');
        await until('it has ended', () => isGone(first.pid));
        assert.equal(await lab.host(asks('::1', 8080)), '');
        await lab.startEngine();
        await lab.tell('adopt', one.record, one.pid);
        const second = relayOf(one);
        assert.notEqual(second.pid, first.pid);
        assert.equal(await lab.host(asks('::1', 8080)), 'hello');
        // As after a crash between two networks.
        await lab.killEngine();
        writeFileSync(
          pathOfRelay(lab, one),
          JSON.stringify({ ...second, way: ['10.77.0.99', ...second.way.slice(1)] }),
        );
        await lab.startEngine();
        await lab.tell('adopt', one.record, one.pid);
        assert(isGone(second.pid));
        assert.deepEqual(relayOf(one).way, second.way);
        assert.equal(await lab.host(asks('::1', 8080)), 'hello');
      });

      it('is ended by the next engine with a container that is not there any more', async () => {
        const one = await lab.start('one', published('app'));
        const { pid } = relayOf(one);
        await lab.killEngine();
        process.kill(one.pid, 'SIGKILL');
        assert(!isGone(pid));
        await lab.startEngine();
        await lab.clear();
        assert(isGone(pid));
      });
    });
  });
  describe('that nobody wants', () => {
    before(async () => {
      lab = new Lab();
      await lab.open({ userlandProxy: false });
      await networksFor(lab);
    });
    after(() => lab.close());
    afterEach(() => lab.clear());
    leavesNothing();

    it('is not begun, and what it would lead is not published, or refused', async () => {
      const one = await lab.start('one', published('app'), serves(80, 'hello'));
      const { Ports } = await lab.tell('settings', one.record, one.pid);
      assert.deepEqual(Ports, { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }] });
      // To one with IPv6 rules lead, and ::1 is refused: not by a time that has run out.
      const six = await lab.start('six', published('six', '', '8083'), serves(80, 'six'));
      await answers(() => lab.other(asks(SIX, 8083)), 'six');
      assert.match(await lab.host('busybox nc -w 5 ::1 8083 </dev/null 2>&1 || true'), /refused/i);
      for (const each of [one, six]) assert.throws(() => relayOf(each), { code: 'ENOENT' });
      await assert.rejects(lab.start('two', published('app', '::', '8081')), {
        code: 'PORT_INVALID',
        message: 'port 80 cannot be published on ::: the container has no address of IPv6',
        hint: /take "userland-proxy": false out of daemon\.json/,
      });
      await assert.rejects(lab.start('two', published('six', '::1', '8081')), {
        message: 'port 80 cannot be published on ::1: the kernel takes what is for it from loopback alone',
      });
    });
  });

  it('leads no SCTP', async () => {
    lab = new Lab();
    await lab.open();
    try {
      const PortBindings = { '80/sctp': [{ HostIp: '::', HostPort: '8080' }] };
      await assert.rejects(lab.start('one', { PortBindings }), { code: 'PORT_INVALID', hint: /no SCTP/ });
      const one = await lab.start('two', { PortBindings: { '80/sctp': [{ HostPort: '8080' }] } });
      assert.throws(() => relayOf(one), { code: 'ENOENT' });
      // Nor where rules have led it until now.
      await networksFor(lab);
      const { PortBindings: more, ...way } = published('six', '', '8081');
      const two = await lab.start('three', { ...way, PortBindings: { ...more, '80/sctp': [{ HostPort: '8081' }] } });
      await lab.tell('connect', 'app', two.record, {}, two.pid);
      await lab.tell('disconnect', 'six', two.record, two.pid);
      assert.deepEqual(relayOf(two).way.slice(1), ['[::]:8081:80/tcp']);
    } finally {
      await lab.close();
    }
  });
});
