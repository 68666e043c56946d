/** Debian's docker-compose 1.29 on our engine: two services that know one another, from `up` to `down`. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bridgeOfOwn, startEngine, type Server } from './engine-support.ts';
import { command, eventually, freshFolder, isInstalled, said, skipAll } from './support.ts';

const FILE = `
version: '2.4'
services:
  web:
    image: lab
    command: sh -c 'echo the web is up; echo ahoy > /data/index.html; exec httpd -f -p 80 -h /data'
    volumes: ['data:/data']
    networks: [front]
    mem_limit: 64m
  app:
    image: lab
    command: sh -c 'until wget -qO- http://site/ 2>/dev/null; do sleep 0.1; done; exec sleep 1000'
    depends_on: [web]
    links: ['web:site']
    networks: [front]
    environment: {GREETING: hello}
volumes: {data: {}}
networks: {front: {}}
`;

describe('docker-compose', function () {
  this.timeout(300_000);
  let engine: Server | undefined;
  const cwd = freshFolder('fleet');
  const compose = (...words: string[]): Promise<string> =>
    said(['docker-compose', '-H', engine!.host, '-p', 'fleet', '--no-ansi', ...words], { cwd, seconds: 120 });
  const docker = (...words: string[]): Promise<string> => said(engine!.docker(...words));

  before(async function () {
    for (const name of ['docker-compose', 'docker']) if (!isInstalled(name)) skipAll(this, `no ${name} here`);
    engine = await startEngine(...bridgeOfOwn());
    await docker('run', '--rm', '--network', 'none', 'lab', 'true'); // makes the lab
    writeFileSync(join(cwd, 'docker-compose.yml'), FILE);
    await compose('up', '-d');
  });
  after(async () => {
    if (!engine) return;
    await command(['docker-compose', '-H', engine.host, '-p', 'fleet', 'down', '-v', '-t', '0'], { cwd, seconds: 120 });
    await engine.end();
  });

  it('starts two services, in a network and with a volume of their own', async () => {
    assert.match(await compose('ps'), /^fleet_app_1 .* Up .*\nfleet_web_1 .* Up/m);
    assert.equal(
      await docker('network', 'ls', '-q', '--filter', 'name=fleet_front', '--format', '{{.Driver}}'),
      'bridge',
    );
    assert.equal(await docker('volume', 'ls', '--format', '{{.Name}}'), 'fleet_data');
    assert.equal(await docker('inspect', '-f', '{{.HostConfig.Memory}}', 'fleet_web_1'), String(64 << 20));
  });

  it('lets one reach the other by the name of its link and of its service', async () => {
    await eventually('what the web says', async () => /ahoy/.test(await compose('logs', 'app')));
    assert.equal(await compose('exec', '-T', 'app', 'wget', '-qO-', 'http://web/'), 'ahoy');
    assert.equal(await compose('exec', '-T', 'app', 'sh', '-c', 'echo $GREETING'), 'hello');
  });

  it('shows what a service has written', async () => {
    assert.match(await compose('logs', 'web'), /web_1 +\| the web is up/);
  });

  it('scales a service up and down, and all of them reach the other', async () => {
    await compose('up', '-d', '--scale', 'app=3');
    assert.equal((await compose('ps', '-q', 'app')).split('\n').length, 3);
    assert.equal(await compose('exec', '-T', '--index=3', 'app', 'wget', '-qO-', 'http://site/'), 'ahoy');
    await compose('up', '-d', '--scale', 'app=1');
    assert.equal((await compose('ps', '-q', 'app')).split('\n').length, 1);
  });

  it('leaves a service alone that is as it should be, and makes one anew that is not', async () => {
    const [web, app] = [await compose('ps', '-q', 'web'), await compose('ps', '-q', 'app')];
    writeFileSync(join(cwd, 'docker-compose.yml'), FILE.replace('GREETING: hello', 'GREETING: ahoy'));
    await compose('up', '-d');
    assert.equal(await compose('ps', '-q', 'web'), web);
    assert.notEqual(await compose('ps', '-q', 'app'), app);
    assert.equal(await compose('exec', '-T', 'app', 'sh', '-c', 'echo $GREETING'), 'ahoy');
  });

  it('stops, starts, and takes everything down again', async () => {
    await compose('stop', '-t', '1');
    assert.equal(await docker('ps', '-q'), '');
    await compose('start');
    assert.equal((await docker('ps', '-q')).split('\n').length, 2);
    await compose('down', '-v', '-t', '1');
    for (const words of [
      ['ps', '-aq'],
      ['volume', 'ls', '-q'],
    ])
      assert.equal(await docker(...words), '');
    assert.equal(await docker('network', 'ls', '--format', '{{.Name}}'), 'bridge\nhost\nnone');
  });
});
