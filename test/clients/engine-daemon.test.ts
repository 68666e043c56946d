/** The engine as a process: its sockets, its configuration, its start on demand and its end. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { native, projectHome } from '../../src/linux/native.ts';
import { unmountAll } from '../../src/snapshots/mount.ts';
import { startEngine, type Server } from './engine-support.ts';
import { command, eventually, folder, freshFolder, isInstalled, skipAll, type Answer } from './support.ts';

const drydock = (...words: string[]): Promise<Answer> =>
  command([process.execPath, join(projectHome(), 'dist/drydock.cjs'), 'daemon', ...words]);

/** Status and body of a request over TCP. */
function ask(port: number, headers: Record<string, string>, method = 'GET'): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path: '/v1.41/images/json', method, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      answer.on('end', () => resolve({ status: answer.statusCode!, text }));
    });
    asking.on('error', reject).end();
  });
}

describe('the daemon', function () {
  this.timeout(120_000);
  const PORT = 20_000 + (process.pid % 10_000);
  let engine: Server & { readonly run: string; readonly root: string };
  const config = join(folder, 'daemon.json');

  before(async function () {
    if (!isInstalled('docker')) skipAll(this, 'no docker here');
    writeFileSync(config, JSON.stringify({ labels: ['a=b'] }));
    engine = await startEngine('-H', 'unix://', '-H', `tcp://127.0.0.1:${PORT}`, '--config-file', config);
  });
  after(() => engine?.end());

  it('answers at two sockets, and the unix socket is for root and one group', async () => {
    const mode = statSync(join(engine.run, 'drydock.sock')).mode & 0o777;
    assert([0o660, 0o600].includes(mode), mode.toString(8));
    assert.equal((await command(['docker', '-H', `tcp://127.0.0.1:${PORT}`, 'images', '-q'])).code, 0);
  });

  for (const [what, option, variable] of [
    ['its images and containers', '--data-root', 'DRYDOCK_ROOT'],
    ['its sockets', '--exec-root', 'DRYDOCK_RUN'],
  ] as const)
    it(`says which folder has no room, and what to do, where nothing can be written of ${what}`, async () => {
      const places = { '--data-root': freshFolder('full/root'), '--exec-root': freshFolder('full/run') };
      const full = places[option];
      native.mount('tmpfs', full, 'tmpfs', 0, 'size=32k');
      try {
        assert.throws(() => writeFileSync(join(full, 'ballast'), Buffer.alloc(64 << 10)), { code: 'ENOSPC' });
        const { code, stderr } = await drydock(...Object.entries(places).flat());
        assert.equal(code, 1);
        const told = stderr.replace(/\s+/g, ' ');
        assert.ok(told.includes(`no room is left in ${full}`), stderr);
        assert.ok(told.includes(`make room there (df ${full}), or let ${variable} name another folder`), stderr);
      } finally {
        unmountAll(full);
      }
    });

  it('takes nothing from pages of others', async () => {
    const host = `127.0.0.1:${PORT}`;
    assert.equal((await ask(PORT, { Host: host })).status, 200);
    assert.equal((await ask(PORT, { Host: host, Origin: `http://${host}` })).status, 200);
    for (const headers of [
      { Host: `evil.example:${PORT}` },
      { Host: host, Origin: 'null' },
      { Host: host, Origin: `http://127.0.0.1:${PORT}.evil.example` },
      { Host: host, 'Sec-Fetch-Site': 'cross-site' },
      { Host: host, 'Content-Type': 'application/x-www-form-urlencoded' },
    ] as Record<string, string>[]) {
      const { status, text } = await ask(PORT, headers);
      assert.equal(status, 403, JSON.stringify(headers));
      assert.match(text, /"code":"API_FORBIDDEN"/);
    }
  });

  it('takes nothing from them by an upgrade either', async () => {
    const upgrade = { Host: `evil.example:${PORT}`, Connection: 'Upgrade', Upgrade: 'tcp' };
    assert.equal((await ask(PORT, upgrade)).status, 403);
    // Who offers an upgrade that nobody takes is answered as usual.
    const offered = { Host: `127.0.0.1:${PORT}`, Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c' };
    assert.equal((await ask(PORT, offered)).status, 200);
  });

  it('is the only one in each of its folders', async () => {
    const another = (run: string, root: string): Promise<Answer> =>
      command([
        ...['timeout', '60', 'env', `DRYDOCK_RUN=${run}`, `DRYDOCK_ROOT=${root}`],
        ...[process.execPath, join(projectHome(), 'dist/drydock.cjs'), 'daemon'],
      ]);
    const told = { run: /an engine is at work in .* already/, root: /an engine is at work with .* already/ };
    for (const [run, root, wanted] of [
      [engine.run, freshFolder('twin/root'), told.run],
      [freshFolder('twin/run'), engine.root, told.root],
    ] as const) {
      const { code, stderr } = await another(run, root);
      assert.equal(code, 1);
      assert.match(stderr.replace(/\s+/g, ' '), wanted);
    }
  });

  it('is ended by several signals as by one', async () => {
    const [DRYDOCK_ROOT, DRYDOCK_RUN] = [freshFolder('signals/root'), freshFolder('signals/run')];
    const child = spawn(process.execPath, [join(projectHome(), 'dist/drydock.cjs'), 'daemon'], {
      env: { ...process.env, DRYDOCK_ROOT, DRYDOCK_RUN },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    await eventually('its pid file', () => existsSync(join(DRYDOCK_RUN, 'drydock.pid')));
    const again = setInterval(() => child.kill('SIGTERM'), 1);
    const how = await ended.finally(() => clearInterval(again));
    assert.deepEqual([...how, existsSync(join(DRYDOCK_RUN, 'drydock.pid'))], [0, null, false]);
  });

  it('reads its configuration anew, and keeps the old one when the new one is wrong', async () => {
    const pid = Number(readFileSync(join(engine.run, 'drydock.pid'), 'utf8'));
    writeFileSync(config, JSON.stringify({ labels: ['c=d'] }));
    process.kill(pid, 'SIGHUP');
    await eventually('the new labels', () => /read anew: label\n/.test(engine.log()));
    const labels = ['docker', '-H', engine.host, 'info', '-f', '{{.Labels}}'];
    assert.equal((await command(labels)).stdout, '[c=d]\n');
    // What networks say of names is asked of them again, too.
    writeFileSync(config, JSON.stringify({ labels: ['c=d'], dns: ['10.9.8.7'] }));
    process.kill(pid, 'SIGHUP');
    await eventually('the new name server', () => /read anew: dns\n/.test(engine.log()));
    const resolv = ['run', '--rm', '--network', 'none', 'lab', 'cat', '/etc/resolv.conf'];
    assert.match((await command(['docker', '-H', engine.host, ...resolv])).stdout, /^nameserver 10\.9\.8\.7$/m);
    const mirrors = { 'registry-mirrors': ['https://mirror.test'] };
    writeFileSync(config, JSON.stringify({ labels: ['c=d'], dns: ['10.9.8.7'], debug: true, ...mirrors }));
    process.kill(pid, 'SIGHUP');
    await eventually('the mirror', () => /read anew: debug, registry-mirror\n/.test(engine.log()));
    const info = ['docker', '-H', engine.host, 'info', '-f', '{{.Debug}} {{.RegistryConfig.Mirrors}}'];
    assert.equal((await command(info)).stdout, 'true [https://mirror.test/]\n');
    writeFileSync(config, '{"lables":[]}');
    process.kill(pid, 'SIGHUP');
    await eventually('a complaint', () => /left as it is: .*lables.*did you mean .*labels/.test(engine.log()));
    assert.equal((await command(labels)).stdout, '[c=d]\n');
  });

  it('says what is wrong with what it is told', async () => {
    const said = async (...words: string[]): Promise<string> => {
      const { code, stderr } = await drydock(...words, '--validate');
      assert.equal(code, 1, stderr);
      return stderr.replace(/\s+/g, ' ');
    };
    const file = join(folder, 'wrong.json');
    writeFileSync(file, '{"dns":"8.8.8.8"}');
    assert.match(await said('--config-file', file), /dns: expected a list, found the string "8.8.8.8"/);
    writeFileSync(file, '{"dns":["8.8"]}');
    assert.match(await said('--config-file', file), /dns: 8\.8 is not an ip address/);
    writeFileSync(file, '{"log-opts":{"max-size":"x"}}');
    assert.match(await said('--config-file', file), /invalid size: 'x' hint max-size is a size like 500, 64k or 1\.5m/);
    const at = async (...words: string[]): Promise<string> => {
      const { code, stdout, stderr } = await drydock(...words, '--validate');
      assert.notEqual(code, 0, stdout);
      return stderr.replace(/\s+/g, ' ');
    };
    assert.match(await at('-H', 'tcp://0.0.0.0:7777'), /tcp:\/\/0\.0\.0\.0:7777 would make everybody .* root/);
    assert.match(await at('-H', 'foo://x'), /-H foo:\/\/x: it names no way to listen/);
    const none = join(folder, 'none.pem');
    assert.match(await at('-H', 'tcp://127.0.0.1:7777', '--tls', '--tlscert', none), /--tlscert .*none\.pem: ENOENT/);
    assert.equal((await drydock('-H', 'tcp://127.0.0.1:7777', '--validate')).code, 0);
    writeFileSync(file, '{"dns":["8.8.8.8"]}');
    assert.match(
      await said('--config-file', file, '--dns', '1.1.1.1'),
      /both as a flag and in the configuration file: dns:/,
    );
    assert.equal((await drydock('--config-file', file, '--validate')).stdout, 'configuration OK\n');
  });

  it('gives containers, networks and registries what it says of them', async () => {
    const given = join(folder, 'given.json');
    const said = {
      'default-ulimits': { nofile: { Name: 'nofile', Soft: 321, Hard: 654 } },
      'default-address-pools': [{ base: '10.213.0.0/16', size: 28 }],
      proxies: { 'http-proxy': 'http://proxy.test:3128', 'no-proxy': 'a.test' },
      mtu: 1400,
      experimental: true,
    };
    writeFileSync(given, JSON.stringify(said));
    const other = await startEngine('--config-file', given, '--bridge', `dg${process.pid}`);
    try {
      const ask = async (...words: string[]): Promise<string> => (await command(other.docker(...words))).stdout.trim();
      assert.equal(await ask('info', '-f', '{{.HTTPProxy}} {{.NoProxy}}'), 'http://proxy.test:3128 a.test');
      assert.equal(await ask('run', '--rm', '--network', 'none', 'lab', 'sh', '-c', 'ulimit -n -H'), '654');
      assert.equal(await ask('run', '--rm', 'lab', 'cat', '/sys/class/net/eth0/mtu'), '1400');
      await ask('network', 'create', 'pooled');
      const subnets = await ask('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Subnet}}', 'bridge', 'pooled');
      assert.match(subnets, /^10\.213\.\d+\.\d+\/28\n10\.213\.\d+\.\d+\/28$/);
      const context = freshFolder('squashed');
      writeFileSync(join(context, 'Dockerfile'), 'FROM lab\nRUN echo a > /a\nRUN echo b > /b\n');
      const squash = ['env', 'DOCKER_BUILDKIT=0', ...other.docker('build', '-qt', 'squashed', '--squash', context)];
      const built = await command(squash);
      assert.equal(built.code, 0, built.stderr);
      assert.equal(await ask('inspect', '-f', '{{len .RootFS.Layers}}', 'lab', 'squashed'), '1\n2');
    } finally {
      await other.end();
    }
  });

  it('does not open itself to everybody', async () => {
    const [run, root] = [freshFolder('open/run'), freshFolder('open/root')];
    const { code, stderr } = await drydock('--exec-root', run, '--data-root', root, '-H', 'tcp://0.0.0.0:2375');
    assert.notEqual(code, 0);
    assert.match(stderr.replace(/\s+/g, ' '), /would make everybody who can reach it root on this machine/);
  });

  it('loads nothing of what asks a registry or the web before somebody does', async () => {
    const [run, root, tell] = [
      freshFolder('lean/run'),
      freshFolder('lean/root'),
      join(freshFolder('tell'), 'tell.cjs'),
    ];
    const loaded = "Object.keys(require.cache).filter((path) => path.includes('node_modules')).join('\\n')";
    writeFileSync(tell, `process.on('exit', () => require('fs').writeSync(1, 'loaded: ' + ${loaded}))`);
    const words = [process.execPath, `--require=${tell}`, join(projectHome(), 'dist/drydock.cjs'), 'daemon'];
    const { code, stdout } = await command([
      ...words,
      '--exec-root',
      run,
      '--data-root',
      root,
      '--bridge',
      'none',
      '--idle',
      '1',
    ]);
    assert.deepEqual([code, stdout], [0, 'loaded: ']);
  });

  it('is built before a command starts it: the command itself has looked at its own sources alone', async () => {
    const [home, run] = [freshFolder('stale'), freshFolder('stale/run')];
    for (const name of ['dist', 'build', 'package.json']) symlinkSync(join(projectHome(), name), join(home, name));
    const launcher = (code: number): void =>
      writeFileSync(join(home, 'drydock'), `#!/bin/sh\necho "asked: $*" >&2; exit ${code}\n`, { mode: 0o755 });
    launcher(125);
    const environment = [`DRYDOCK_HOME=${home}`, `DRYDOCK_RUN=${run}`, `DRYDOCK_ROOT=${freshFolder('stale/root')}`];
    const ps = ['env', '-u', 'DOCKER_HOST', ...environment, 'DRYDOCK_OPTS=--idle 2', process.execPath];
    const { code, stderr } = await command([...ps, join(home, 'dist/drydock.cjs'), 'ps']);
    assert.equal(code, 1);
    assert.match(stderr, /^asked: --setup\n.*the engine is not built, and its set-up has failed/s);
    launcher(0);
    const built = await command([...ps, join(home, 'dist/drydock.cjs'), 'ps']);
    assert.deepEqual([built.code, built.stderr], [0, 'asked: --setup\n']);
    const log = (): string => readFileSync(join(run, 'engine/log'), 'utf8');
    await eventually('its end', () => /ends: nothing has run for 2 s/.test(log()), 30_000);
  });

  it('is started for all that one command asks at once', async () => {
    const run = freshFolder('several/run');
    const environment = [`DRYDOCK_RUN=${run}`, `DRYDOCK_ROOT=${freshFolder('several/root')}`];
    const drydock = ['env', '-u', 'DOCKER_HOST', ...environment, 'DRYDOCK_OPTS=--idle 2', process.execPath];
    const { code, stderr } = await command([...drydock, join(projectHome(), 'dist/drydock.cjs'), 'rm', 'one', 'two']);
    assert.deepEqual(
      [...stderr.matchAll(/No such container: (\w+)/g)].map(([, name]) => name),
      ['one', 'two'],
    );
    assert.equal(code, 1);
    const log = (): string => readFileSync(join(run, 'engine/log'), 'utf8');
    await eventually('its end', () => /ends: nothing has run for 2 s/.test(log()), 30_000);
  });

  it('is started by two commands at once, once, and goes when nobody needs it', async () => {
    const [run, root] = [freshFolder('demand/run'), freshFolder('demand/root')];
    const script = `import { startEngine } from '${join(projectHome(), 'src/start/on-demand.ts')}';
      await startEngine({ run: process.env.DRYDOCK_RUN! });`;
    writeFileSync(join(folder, 'start.mts'), script);
    const environment = [
      'env',
      `DRYDOCK_RUN=${run}`,
      `DRYDOCK_ROOT=${root}`,
      'DRYDOCK_OPTS=--idle 2',
      `DRYDOCK_HOME=${projectHome()}`,
    ];
    const start = [
      ...environment,
      process.execPath,
      '--import',
      join(projectHome(), 'node_modules/tsx/dist/loader.mjs'),
      join(folder, 'start.mts'),
    ];
    const answers = await Promise.all([command(start), command(start)]);
    assert.deepEqual(
      answers.map(({ code, stderr }) => [code, stderr]),
      [
        [0, ''],
        [0, ''],
      ],
    );
    const pid = readFileSync(join(run, 'drydock.pid'), 'utf8').trim();
    const [session, cgroups] = [sessionOf(pid), readFileSync(`/proc/${pid}/cgroup`, 'utf8')];
    assert.equal(session, pid, 'a session of its own');
    assert.match(cgroups, /:\/drydock-engine$/m);
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    assert.equal(words[1], readFileSync(join(projectHome(), 'dist/daemon.flags'), 'utf8').trim());
    assert.equal((await command(['docker', '-H', `unix://${run}/drydock.sock`, 'images', '-q'])).code, 0);
    const log = (): string => readFileSync(join(run, 'engine/log'), 'utf8');
    assert.equal(log().match(/listening at/g)?.length, 1);
    await eventually('its end', () => /ends: nothing has run for 2 s/.test(log()), 30_000);
    await eventually('that it is gone', async () => (await command(['kill', '-0', pid])).code !== 0);
  });
});

/** Field 6 of stat, behind the name in brackets. */
const sessionOf = (pid: string): string =>
  readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')[3]!;
