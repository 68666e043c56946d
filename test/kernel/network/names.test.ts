/** The name server at 127.0.0.11, asked from inside; and networks that containers come into and leave while they run. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { leavesNothing } from '../support.ts';
import { answers, asks, Lab, OURS, serves, THEIRS } from './lab.ts';
import type { Started } from './lab.ts';

/** A name server of the world: each question gets one address (RFC 5737), behind the question's own bytes. */
const ANSWERS_ANYTHING = `
  const socket = require('dgram').createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    const isA = question.readUInt16BE(question.length - 4) === 1;
    const answer = Buffer.from('c00c00010001000000010004cb007107', 'hex');
    const message = Buffer.concat([question, ...(isA ? [answer] : [])]);
    message.writeUInt16BE(0x8180, 2);
    message.writeUInt16BE(isA ? 1 : 0, 6);
    socket.send(message, port, address);
  });
  socket.bind(53, '${THEIRS}', () => console.log('ready'));
`;

describe('names in a user network', function () {
  const lab = new Lab();
  before(async () => {
    await lab.open();
    for (const Name of ['app', 'back']) await lab.tell('createNetwork', { Name });
  });
  after(() => lab.close());
  afterEach(() => lab.clear());
  leavesNothing();

  const ask = (who: Started, name: string): Promise<string> => lab.inside(who, `busybox nslookup ${name} 127.0.0.11`);
  const found = (text: string): string[] =>
    [...text.matchAll(/^Address(?: \d+)?: (\d[\d.]+)$/gm)].map(([, address]) => address!);

  it('are those of its members: name, alias, short id, with the network behind a dot, and backwards', async () => {
    const web = await lab.start('web', { NetworkMode: 'app', Networks: { app: { Aliases: ['www'] } } });
    const one = await lab.start('one', { NetworkMode: 'app' });
    for (const name of ['web', 'WWW', web.record.Id.slice(0, 12), 'web.app', 'one'])
      assert.deepEqual(found(await ask(one, name)), [name === 'one' ? one.address : web.address], name);
    assert.match(await ask(one, web.address), /name = web\.app/);
  });

  it('are unknown in another network, and in the default bridge nobody is asked', async () => {
    await lab.start('web', { NetworkMode: 'app' });
    const other = await lab.start('other', { NetworkMode: 'back', Dns: [`${THEIRS}`] });
    const plain = await lab.start('plain');
    assert.deepEqual(found(await ask(other, 'web')), []);
    assert.match(await lab.inside(plain, 'busybox nslookup web 127.0.0.11'), /refused|timed out|no servers/);
  });

  it('of the world come from the servers that --dns names', async () => {
    const server = lab.serve('other', ANSWERS_ANYTHING);
    await once(server.stdout!, 'data');
    const one = await lab.start('one', { NetworkMode: 'app', Dns: [THEIRS] });
    assert.deepEqual(found(await ask(one, 'example.org')), ['203.0.113.7']);
  });

  it('can be another’s own: --link gives one to a single container', async () => {
    const db = await lab.start('db-1', { NetworkMode: 'app' });
    const one = await lab.start('one', { NetworkMode: 'app', Links: ['db-1:db'] });
    const two = await lab.start('two', { NetworkMode: 'app' });
    assert.deepEqual(found(await ask(one, 'db')), [db.address]);
    assert.deepEqual(found(await ask(two, 'db')), []);
  });

  it('come with a network that a container is connected to while it runs, and go with it', async () => {
    const one = await lab.start('one');
    const web = await lab.start('web', { NetworkMode: 'app' }, serves(80, 'hello'));
    assert.equal(await lab.inside(one, asks(web.address, 80)), '');
    const got = await lab.tell('connect', 'app', one.record, { Aliases: ['uno'] }, one.pid);
    await answers(() => lab.inside(one, asks(web.address, 80)), 'hello');
    assert.deepEqual(found(await ask(one, 'web')), [web.address]);
    assert.deepEqual(found(await ask(web, 'uno')), [got.IPAddress]);
    await assert.rejects(lab.tell('connect', 'app', one.record, {}, one.pid), { code: 'WRONG_STATE' });
    await lab.tell('disconnect', 'app', one.record, one.pid);
    assert.equal(await lab.inside(one, asks(web.address, 80)), '');
    assert.doesNotMatch(await lab.inside(one, 'ip -br link'), /eth1/);
    assert.deepEqual(found(await ask(web, 'uno')), []);
  });

  it('follow a container that is renamed', async () => {
    const one = await lab.start('one', { NetworkMode: 'app' });
    await lab.tell('renamed', { ...one.record, Name: '/first' }, '/one');
    assert.deepEqual(found(await ask(one, 'first')), [one.address]);
    assert.deepEqual(found(await ask(one, 'one')), []);
  });

  it('move with published ports to the next network when the first is left', async () => {
    const published = { NetworkMode: 'app', PortBindings: { '80/tcp': [{ HostPort: '8080' }] } };
    const one = await lab.start('one', published, serves(80, 'hello'));
    await lab.tell('connect', 'back', one.record, {}, one.pid);
    await lab.tell('disconnect', 'app', one.record, one.pid);
    await answers(() => lab.other(asks(OURS, 8080)), 'hello');
    assert.match(await lab.inside(one, `busybox ping -c1 -W5 ${THEIRS}`), /1 packets received/);
  });
});
