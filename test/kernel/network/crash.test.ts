/** The engine is killed, and started anew: what goes on meanwhile, what is known afterwards, and what is left in the end. */
import assert from 'node:assert/strict';
import { leavesNothing } from '../support.ts';
import { answers, asks, Lab, OURS, serves } from './lab.ts';
import { recordOf } from './container.ts';

const published = { NetworkMode: 'app', PortBindings: { '80/tcp': [{ HostPort: '8080' }] } };

describe('an engine', function () {
  leavesNothing();

  describe('that is killed', function () {
    let lab: Lab;
    beforeEach(async () => {
      lab = new Lab();
      await lab.open();
      await lab.tell('createNetwork', { Name: 'app' });
    });
    afterEach(() => lab.close());

    it('leaves published ports answering, and the next one knows every address', async () => {
      const one = await lab.start('one', published, serves(80, 'hello'));
      await answers(() => lab.other(asks(OURS, 8080)), 'hello');
      await lab.killEngine();
      assert.equal(await lab.other(asks(OURS, 8080)), 'hello');
      await lab.startEngine();
      await lab.tell('adopt', one.record, one.pid);
      const two = await lab.start('two', { NetworkMode: 'app' });
      assert.notEqual(two.address, one.address);
      assert.match(
        await lab.inside(two, 'busybox nslookup one 127.0.0.11'),
        new RegExp(one.address.replace(/\./g, '\\.')),
      );
      assert.match(
        await lab.inside(one, 'busybox nslookup two 127.0.0.11'),
        new RegExp(two.address.replace(/\./g, '\\.')),
      );
      await assert.rejects(lab.start('three', published), { code: 'PORT_IN_USE' });
      const { Containers } = await lab.tell('inspectNetwork', 'app');
      assert.deepEqual(
        Object.values(Containers)
          .map(({ Name }) => Name)
          .sort(),
        ['one', 'two'],
      );
    });

    it('is followed by one that lays rules again which somebody has removed', async () => {
      const one = await lab.start('one', published, serves(80, 'hello'));
      await answers(() => lab.other(asks(OURS, 8080)), 'hello');
      await lab.killEngine();
      await lab.startEngine();
      await lab.tell('flush');
      await lab.killEngine();
      assert.equal(await lab.other(asks(OURS, 8080)), '');
      await lab.startEngine();
      await lab.tell('adopt', one.record, one.pid);
      assert.equal(await lab.other(asks(OURS, 8080)), 'hello');
    });

    it('leaves nothing when its containers are given back without it', async () => {
      await lab.start('one', published);
      await lab.killEngine();
      assert.match(await lab.host('ip -br link'), /dv[0-9a-f]{12}/);
      await lab.startEngine();
      await lab.clear();
      await lab.tell('removeNetwork', 'app');
      await lab.tell('close');
      assert.doesNotMatch(await lab.host('ip -br link'), /d[vn][0-9a-f]{12}|drydock/);
    });

    it('keeps its hands off a bridge that is another engine’s', async () => {
      await lab.start('one', published);
      const [bridge] = /\bdn[0-9a-f]{12}/.exec(await lab.host('ip -br link'))!;
      await lab.host(`ip link set ${bridge} alias "drydock network of somebody else"`);
      await lab.killEngine();
      await lab.startEngine();
      await assert.rejects(lab.start('two', { NetworkMode: 'app' }), {
        code: 'LINK_IN_USE',
        message: /another engine/,
      });
      await lab.clear();
      await lab.tell('close');
      assert.match(await lab.host('ip -br link'), new RegExp(bridge));
    });

    it('has given nothing away that was only decided', async () => {
      const first = await lab.tell('decide', recordOf('one', published));
      await lab.killEngine();
      await lab.startEngine();
      const second = await lab.tell('decide', recordOf('two', published));
      assert.equal(second!.endpoints[0]!.address, first!.endpoints[0]!.address);
    });
  });
});
