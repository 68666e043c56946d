/** What is said about networks and written for their members: definitions, lists, texts. */
import assert from 'node:assert/strict';
import { leavesNothing } from '../support.ts';
import { recordOf } from './container.ts';
import { Lab } from './lab.ts';

describe('networks', function () {
  leavesNothing();

  describe('of an engine', function () {
    let lab: Lab;
    beforeEach(() => (lab = new Lab()).open({ dns: ['192.0.2.53'] }));
    afterEach(() => lab.close());

    it('are three from the beginning, which nobody can remove', async () => {
      const all = await lab.tell('listNetworks');
      assert.deepEqual(
        all.map(({ Name, Driver }) => `${Name} ${Driver}`),
        ['bridge bridge', 'host host', 'none null'],
      );
      await assert.rejects(lab.tell('removeNetwork', 'host'), { code: 'NETWORK_IN_USE' });
      await assert.rejects(lab.tell('inspectNetwork', 'nowhere'), {
        code: 'NO_SUCH_NETWORK',
        message: 'network nowhere not found',
      });
    });

    it('have a subnet that collides with nothing, are found by the beginning of their id, and outlive the engine', async () => {
      await lab.host('ip route add 10.215.0.0/24 via 192.0.2.2');
      const { Id } = await lab.tell('createNetwork', { Name: 'app', Labels: { tier: 'web' } });
      await assert.rejects(lab.tell('createNetwork', { Name: 'app' }), { code: 'NETWORK_EXISTS' });
      const overlapping = { Config: [{ Subnet: '10.214.7.0/24' }] };
      await assert.rejects(lab.tell('createNetwork', { Name: 'b', IPAM: overlapping }), { message: /^Pool overlaps/ });
      const six = (Name: string, Subnet: string) => ({ Name, EnableIPv6: true, IPAM: { Config: [{ Subnet }] } });
      await lab.tell('createNetwork', six('six', 'fd00:79::/64'));
      for (const inIt of ['fd00:79::/80', 'fd00::/16'])
        await assert.rejects(lab.tell('createNetwork', six('b', inIt)), { message: /^Pool overlaps/ });
      await lab.tell('removeNetwork', 'six');
      await lab.killEngine();
      await lab.startEngine({ dns: ['192.0.2.53'] });
      const found = await lab.tell('inspectNetwork', Id.slice(0, 8));
      assert.deepEqual(found.IPAM.Config, [{ Subnet: '10.215.1.0/24', Gateway: '10.215.1.1' }]);
      assert.deepEqual(
        (await lab.tell('listNetworks', { label: ['tier=web'] })).map(({ Name }) => Name),
        ['app'],
      );
      await lab.start('one', { NetworkMode: 'app' });
      await assert.rejects(lab.tell('removeNetwork', 'app'), {
        code: 'NETWORK_IN_USE',
        message: /has active endpoints/,
      });
      await lab.clear();
      assert.deepEqual(
        (await lab.tell('pruneNetworks')).map(({ name }) => name),
        ['app'],
      );
    });

    it('are refused where the machine has another way to their subnet, and by which device', async () => {
      const app = { Name: 'app', IPAM: { Config: [{ Subnet: '10.77.0.0/24' }] } };
      await lab.tell('createNetwork', app);
      await lab.host('ip route add 10.77.0.128/25 dev eth0');
      await assert.rejects(lab.start('one', { NetworkMode: 'app' }), {
        code: 'NETWORK_INVALID',
        message: /^the subnet 10\.77\.0\.0\/24 of the network "app" collides with 10\.77\.0\.128\/25 of eth0, /,
      });
      await lab.killEngine();
      await lab.host('ip route add 10.66.0.0/24 dev eth0');
      await lab.startEngine({ bridgeAddress: '10.66.0.1/16' });
      await assert.rejects(lab.start('two', {}), {
        message: /"bridge" collides with 10\.66\.0\.0\/24 of eth0, .*; start the engine anew with another --bip /,
      });
      await lab.host('ip route del 10.66.0.0/24');
      await lab.start('two', {});
    });

    it('give their members hosts and resolv.conf, with links and what was asked for', async () => {
      const db = await lab.start('db', { Config: { Hostname: 'd' } });
      const one = await lab.start('one', {
        Links: ['db:base'],
        ExtraHosts: ['here:host-gateway'],
        DnsSearch: ['example'],
      });
      const { hosts, hostname, resolvConf } = await lab.tell('texts', one.record, [db.record]);
      const short = one.record.Id.slice(0, 12);
      assert.deepEqual(hosts.split('\n').slice(6), [
        '10.214.0.1\there',
        `${db.address}\tbase d db`,
        `${one.address}\t${short}`,
        '',
      ]);
      assert.equal(hostname, `${short}\n`);
      assert.match(resolvConf, /^nameserver 192\.0\.2\.53\nsearch example\n/);
      const linked = recordOf('two', { Links: ['gone'] });
      await assert.rejects(lab.tell('texts', linked, [recordOf('gone')]), {
        code: 'WRONG_STATE',
        message: 'Cannot link to a non running container: gone AS gone',
      });
    });
  });
});
