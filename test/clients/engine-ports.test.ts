/** Published ports as somebody meets them who types `docker run -p` and `curl`: by IPv6, where containers have IPv4 alone. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { readStat } from '../../src/linux/procfs.ts';
import { bridgeOfOwn, startEngine, startEngineAs, type OurServer } from './engine-support.ts';
import { command, eventually, isInstalled, said, skipAll } from './support.ts';

const SERVES = ['lab', 'sh', '-c', 'mkdir /www; echo ahoy > /www/index.html; exec httpd -f -p 80 -h /www'];

describe('published ports, by the real docker', function () {
  this.timeout(120_000);
  const PORT = 21_000 + (process.pid % 8_000);
  const options = bridgeOfOwn();
  let engine: OurServer | undefined;

  const docker = (...words: string[]): Promise<string> => said(engine!.docker(...words));
  const start = (name: string, given: readonly string[], program: readonly string[] = SERVES): Promise<string> =>
    docker('run', '-d', '--init', '--name', name, ...given, ...program);
  const fetched = async (where: string): Promise<string> =>
    (await command(['curl', '-gs', '--max-time', '5', `http://${where}/`])).stdout.trim();
  const answers = (where: string, what = 'ahoy'): Promise<void> =>
    eventually(`${where} answers`, async () => (await fetched(where)) === what);
  const relayOf = async (name: string): Promise<number> => {
    const id = await docker('inspect', '-f', '{{.Id}}', name);
    const path = join(engine!.run, id.slice(0, 12), 'relay.json');
    return (JSON.parse(readFileSync(path, 'utf8')) as { pid: number }).pid;
  };
  const hasEnded = (pid: number): boolean => ['Z', undefined].includes(readStat(pid)?.state);

  before(async function () {
    for (const program of ['docker', 'curl']) if (!isInstalled(program)) skipAll(this, `no ${program} here`);
    if (!/ lo\n/.test(readFileSync('/proc/net/if_inet6', 'utf8'))) skipAll(this, 'no IPv6 here');
    engine = await startEngine(...options);
  });
  after(() => engine?.end());
  afterEach(() => command(['sh', '-c', `docker -H ${engine!.host} ps -aq | xargs -r docker -H ${engine!.host} rm -f`]));

  it('answer at 127.0.0.1 and at [::1], and `ps` and `port` tell both', async () => {
    await start('web', ['-p', `${PORT}:80`]);
    await answers(`127.0.0.1:${PORT}`);
    assert.equal(await fetched(`[::1]:${PORT}`), 'ahoy');
    assert.equal(await docker('port', 'web'), `80/tcp -> 0.0.0.0:${PORT}\n80/tcp -> [::]:${PORT}`);
    assert.equal(await docker('ps', '--format', '{{.Ports}}'), `0.0.0.0:${PORT}->80/tcp, [::]:${PORT}->80/tcp`);
  });

  it('answer at [::1] alone where that was said, at one that is free, and in ranges', async () => {
    await start('any', ['-p', '[::1]::80']);
    const free = /^80\/tcp -> (\[::1\]:\d+)$/.exec(await docker('port', 'any'))![1]!;
    await answers(free);
    assert.equal(await fetched(free.replace('[::1]', '127.0.0.1')), '');
    await start('range', ['-p', `${PORT}-${PORT + 2}:80-82`]);
    await answers(`[::1]:${PORT}`);
    assert.equal((await docker('port', 'range')).match(/ -> \[::\]:/g)!.length, 3);
    await start('six', ['-p', `[::]:${PORT + 3}:80`]);
    await answers(`[::1]:${PORT + 3}`);
  });

  it('answer datagrams at [::1]', async () => {
    await start('echo', ['-p', `${PORT}:53/udp`], ['lab', 'sleep', '1000']);
    // The lab has no program for it: one of ours goes into the container's network.
    const echo = `const s = require('dgram').createSocket('udp4');
      s.on('message', (m, { port, address }) => s.send(m, port, address));
      s.bind(53, () => console.log('on'));`;
    const inside = `--net=/proc/${await docker('inspect', '-f', '{{.State.Pid}}', 'echo')}/ns/net`;
    const program = spawn('nsenter', [inside, process.execPath, '-e', echo], { stdio: ['ignore', 'pipe', 'inherit'] });
    const socket = createSocket('udp6');
    try {
      await once(program.stdout, 'data');
      socket.send('ahoy', PORT, '::1');
      assert.equal(String(((await once(socket, 'message')) as [Buffer])[0]), 'ahoy');
    } finally {
      socket.close();
      const ended = once(program, 'exit');
      program.kill();
      await ended;
    }
  });

  it('are refused with the address where a program has one on ::1 alone', async () => {
    const program = createServer().listen({ port: PORT, host: '::1' });
    await once(program, 'listening');
    try {
      for (const [given, address] of [
        [`${PORT}:80`, '::'],
        [`[::1]:${PORT}:80`, '::1'],
      ] as const) {
        const { code, stderr } = await command(engine!.docker('run', '--rm', '-p', given, 'lab', 'true'));
        assert.equal(code, 125);
        assert.match(stderr, new RegExp(`Bind for ${address}:${PORT} failed: port is already allocated`));
      }
    } finally {
      program.close();
    }
    await start('now', ['-p', `${PORT}:80`]);
  });

  it('answer at [::1] after a restart, and nothing of them is left after the end', async () => {
    await start('web', ['-p', `${PORT}:80`]);
    await answers(`[::1]:${PORT}`);
    const first = await relayOf('web');
    await docker('restart', '-t', '1', 'web');
    await answers(`[::1]:${PORT}`);
    const second = await relayOf('web');
    assert(hasEnded(first));
    await docker('stop', '-t', '1', 'web');
    assert(hasEnded(second));
    assert.equal((await command(['curl', '-gs', `http://[::1]:${PORT}/`])).code, 7, 'connection refused');
  });

  it('lead to where the container is, when it goes to another network', async () => {
    await docker('network', 'create', 'other');
    try {
      await start('web', ['-p', `${PORT}:80`]);
      await answers(`[::1]:${PORT}`);
      await docker('network', 'connect', 'other', 'web');
      await docker('network', 'disconnect', 'bridge', 'web');
      await answers(`[::1]:${PORT}`);
      const relay = await relayOf('web');
      await docker('network', 'disconnect', 'other', 'web');
      assert(hasEnded(relay));
      await docker('rm', '-f', 'web');
    } finally {
      await docker('network', 'rm', 'other');
    }
  });

  it('answer at [::1] while no engine is there, and the next one ends them', async () => {
    await start('web', ['-p', `${PORT}:80`]);
    await answers(`[::1]:${PORT}`);
    const relay = await relayOf('web');
    process.kill(Number(readFileSync(join(engine!.run, 'drydock.pid'), 'utf8')), 'SIGKILL');
    await engine!.end();
    assert.equal(await fetched(`[::1]:${PORT}`), 'ahoy');
    engine = await startEngineAs(engine!.name, ...options);
    assert.equal(await relayOf('web'), relay);
    assert.equal(await fetched(`[::1]:${PORT}`), 'ahoy');
    await docker('rm', '-f', 'web');
    assert(hasEnded(relay));
    await start('again', ['-p', `${PORT}:80`]);
    await answers(`[::1]:${PORT}`);
  });

  it('are those of IPv4 alone where the daemon is told so', async () => {
    const plain = await startEngine('--userland-proxy=false', '--bridge', `dp${process.pid}`);
    try {
      await said(plain.docker('run', '-d', '--init', '--name', 'web', '-p', `${PORT}:80`, ...SERVES));
      assert.equal(await said(plain.docker('port', 'web')), `80/tcp -> 0.0.0.0:${PORT}`);
      await answers(`127.0.0.1:${PORT}`);
      assert.equal(await fetched(`[::1]:${PORT}`), '');
      await said(plain.docker('rm', '-f', 'web'));
    } finally {
      await plain.end();
    }
  });
});
