/** Networks as somebody with the real `docker` meets them: names, links, and containers that come and go while they run. */
import assert from 'node:assert/strict';
import { bridgeOfOwn, startEngine, type Server } from './engine-support.ts';
import { command, eventually, isInstalled, said, skipAll } from './support.ts';

const SERVES = ['lab', 'sh', '-c', 'mkdir /www; echo ahoy > /www/index.html; exec httpd -f -p 80 -h /www'];

describe('networks, by the real docker', function () {
  this.timeout(120_000);
  let engine: Server | undefined;

  const docker = (...words: string[]): Promise<string> => said(engine!.docker(...words));
  const inside = (name: string, script: string): Promise<string> => docker('exec', name, 'sh', '-c', script);
  const addressOf = (name: string, network: string): Promise<string> =>
    docker('inspect', '-f', `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`, name);
  const start = (name: string, options: readonly string[], program = ['lab', 'sleep', '1000']): Promise<string> =>
    docker('run', '-d', '--init', '--name', name, ...options, ...program);
  const fetched = (from: string, host: string): Promise<string> =>
    inside(from, `timeout 2 wget -qO- http://${host}/ 2>/dev/null || echo nothing`);

  before(async function () {
    if (!isInstalled('docker')) skipAll(this, 'no docker here');
    engine = await startEngine(...bridgeOfOwn());
    for (const name of ['front', 'back']) await docker('network', 'create', name);
  });
  after(async () => {
    if (!engine) return;
    await command(engine.docker('network', 'rm', 'front', 'back'));
    await engine.end();
  });
  afterEach(() => command(['sh', '-c', `docker -H ${engine!.host} ps -aq | xargs -r docker -H ${engine!.host} rm -f`]));

  it('a name server answers for the members of a network, by name and alias, and for nobody else', async () => {
    await start('web', ['--network', 'front', '--network-alias', 'www'], SERVES);
    await start('near', ['--network', 'front']);
    await start('far', ['--network', 'back']);
    assert.match(await inside('near', 'cat /etc/resolv.conf'), /^nameserver 127\.0\.0\.11$/m);
    await eventually('the web answers', async () => (await fetched('near', 'web')) === 'ahoy');
    assert.equal(await fetched('near', 'www'), 'ahoy');
    assert.match(
      await inside('near', 'nslookup web'),
      new RegExp(`^Address.* ${await addressOf('web', 'front')}$`, 'm'),
    );
    assert.equal(await fetched('far', 'web'), 'nothing');
    assert.equal(await fetched('far', await addressOf('web', 'front')), 'nothing');
  });

  it('connect and disconnect move a container that runs, and both are told', async () => {
    await start('web', ['--network', 'front'], SERVES);
    await start('one', ['--network', 'back']);
    await docker('network', 'connect', '--alias', 'uno', 'front', 'one');
    await eventually('the web answers', async () => (await fetched('one', 'web')) === 'ahoy');
    const address = await addressOf('one', 'front');
    assert.match(await inside('one', 'ip -o -4 addr'), new RegExp(`eth1 +inet ${address.replaceAll('.', '\\.')}/`));
    assert.match(await inside('web', 'nslookup uno'), new RegExp(`^Address.* ${address}$`, 'm'));
    assert.equal(await docker('network', 'inspect', '-f', '{{len .Containers}}', 'front'), '2');
    const again = await command(engine!.docker('network', 'connect', 'front', 'one'));
    assert.deepEqual([again.code, /already exists in network front/.test(again.stderr)], [1, true]);
    await docker('network', 'disconnect', 'front', 'one');
    assert.doesNotMatch(await inside('one', 'ip -o link'), /eth1/);
    assert.equal(await fetched('one', 'web'), 'nothing');
    const until = String(Math.floor(Date.now() / 1000) + 1);
    const told = await docker(
      ...['events', '--since', '10m', '--until', until, '--filter', 'type=network', '--filter', 'network=front'],
      ...['--format', '{{.Action}} {{.Actor.Attributes.name}}'],
    );
    assert.deepEqual(told.split('\n').slice(-2), ['connect front', 'disconnect front']);
  });

  it('prune takes those that were asked for by label and by time, and refuses filters that there are not', async () => {
    await docker('network', 'create', 'plain');
    await docker('network', 'create', '--label', 'keep=yes', 'noted');
    const prune = (...filters: string[]): string[] =>
      engine!.docker('network', 'prune', '-f', ...filters.flatMap((filter) => ['--filter', filter]));
    for (const until of ['1h', '12345', '2015-03-02']) assert.equal(await said(prune(`until=${until}`)), '', until);
    await said(engine!.docker('system', 'prune', '-f', '--filter', 'until=24h'));
    for (const filter of ['colour=red', 'dangling=true', 'until=soon'])
      assert.equal((await command(prune(filter))).code, 1, filter);
    assert.match(await said(prune('label!=keep')), /\bplain\b(?![^]*noted)/);
    assert.match(await said(prune('label=keep=yes', 'until=1ms')), /\bnoted\b/);
    for (const wrong of ['colour=red', 'until=soon'])
      assert.equal((await command(prune(wrong))).code, 1, 'also of none');
    for (const name of ['front', 'back']) await docker('network', 'create', name).catch(() => undefined);
  });

  it('the list has the members of each for clients up to 1.27', async () => {
    await start('web', ['--network', 'front']);
    const members = async (version: string): Promise<number> => {
      const url = `http://docker/v${version}/networks?filters=${encodeURIComponent('{"name":["front"]}')}`;
      const list = await said(['curl', '-sS', '--unix-socket', engine!.host.replace('unix://', ''), url]);
      const [front] = JSON.parse(list) as [{ Containers: Record<string, unknown> }];
      return Object.keys(front.Containers).length;
    };
    assert.deepEqual([await members('1.24'), await members('1.27'), await members('1.28')], [1, 1, 0]);
  });

  it('gives names to one of the default bridge that comes into a network, until it leaves, and keeps what it has written itself', async () => {
    await start('web', ['--network', 'front'], SERVES);
    await start('one', []);
    await start('own', []);
    const resolv = (name: string): Promise<string> => inside(name, 'cat /etc/resolv.conf');
    const before = await resolv('one');
    assert.doesNotMatch(before, /127\.0\.0\.11/);
    await inside('own', 'echo nameserver 192.0.2.1 > /etc/resolv.conf');
    for (const name of ['one', 'own']) await docker('network', 'connect', 'front', name);
    assert.match(await resolv('one'), /^nameserver 127\.0\.0\.11$/m);
    await eventually('the web answers', async () => (await fetched('one', 'web')) === 'ahoy');
    assert.equal(await resolv('own'), 'nameserver 192.0.2.1');
    await docker('network', 'disconnect', 'front', 'one');
    assert.equal(await resolv('one'), before);
  });

  it('--link gives a container the address of another under a name, and what it says of itself', async () => {
    await start('db-1', ['-e', 'COLOUR=blue', '--expose', '80'], SERVES);
    await start('one', ['--link', 'db-1:db']);
    await start('two', []);
    await eventually('the database answers', async () => (await fetched('one', 'db')) === 'ahoy');
    const address = await addressOf('db-1', 'bridge');
    const line = new RegExp(`^${address}\tdb \\w{12} db-1$`, 'm');
    assert.match(await inside('one', 'cat /etc/hosts'), line);
    assert.deepEqual((await inside('one', 'env | grep ^DB_ | sort')).split('\n'), [
      'DB_ENV_COLOUR=blue',
      'DB_NAME=/one/db',
      `DB_PORT=tcp://${address}:80`,
      `DB_PORT_80_TCP=tcp://${address}:80`,
      `DB_PORT_80_TCP_ADDR=${address}`,
      'DB_PORT_80_TCP_PORT=80',
      'DB_PORT_80_TCP_PROTO=tcp',
    ]);
    assert.equal(await fetched('two', 'db'), 'nothing');
    await docker('network', 'connect', 'front', 'one');
    assert.match(await inside('one', 'cat /etc/hosts'), line);
  });
});
