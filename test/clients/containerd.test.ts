/** A real containerd, whose shim starts Drydock's runtime where it would start runc. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  command,
  daemon,
  eventually,
  folder,
  freshFolder,
  isInstalled,
  labFiles,
  runtime,
  said,
  skipAll,
  type Daemon,
} from './support.ts';

const socket = join(folder, 'ctd.sock');
const ctr = (...words: string[]): string[] => ['ctr', '-a', socket, ...words];
const start = async (id: string, words: readonly string[], ...options: string[]): Promise<string[]> =>
  ctr('run', '--runc-binary', runtime, ...options, '--rootfs', await labFiles(), id, ...words);

describe('containerd', function () {
  this.timeout(120_000);
  let server: Daemon;

  before('a containerd', async function () {
    if (!isInstalled('containerd') || !isInstalled('ctr')) skipAll(this, 'no containerd here');
    const config = join(folder, 'ctd.toml');
    writeFileSync(
      config,
      `version = 2\nroot = "${freshFolder('ctd')}"\nstate = "${freshFolder('ctds')}"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "${socket}"\n`,
    );
    server = await daemon('containerd', ['containerd', '--config', config], async () => {
      return (await command(ctr('version'))).code === 0;
    });
  });
  after('the containerd ends', () => server?.end());

  it('runs a command, and passes on its exit code, input and output', async () => {
    assert.equal(await said(await start('one', ['sh', '-c', 'id -u; cat /proc/1/comm; true'], '--rm')), '0\nsh');
    assert.equal((await command(await start('two', ['sh', '-c', 'exit 5'], '--rm'))).code, 5);
    assert.match(
      (await command(await start('three', ['no-such-program'], '--rm'))).stderr,
      /executable file not found/,
    );
  });

  it('gives a terminal', async () => {
    const line = (await start('tty', ['tty'], '--rm', '-t')).map((word) => `'${word}'`).join(' ');
    assert.match(await said(['script', '-qec', line, '/dev/null']), /\/dev\/pts\/0/);
  });

  it('takes a container through its life: exec, pause, metrics, kill', async () => {
    await said(await start('lives', ['sleep', '1000'], '-d', '--memory-limit', String(64 << 20)));
    const isStatus = (status: string) => async () => (await said(ctr('task', 'ls'))).includes(status);
    try {
      await eventually('it runs', isStatus('RUNNING'));
      assert.equal(
        await said(ctr('task', 'exec', '--exec-id', 'e1', 'lives', 'sh', '-c', 'cat /proc/1/comm')),
        'sleep',
      );
      assert.equal((await command(ctr('task', 'exec', '--exec-id', 'e2', 'lives', 'sh', '-c', 'exit 9'))).code, 9);
      await said(ctr('task', 'pause', 'lives'));
      await eventually('it is paused', isStatus('PAUSED'));
      await said(ctr('task', 'resume', 'lives'));
      await eventually('it runs again', isStatus('RUNNING'));
      assert.match(await said(ctr('task', 'ps', 'lives')), /\d+/);
      assert.match(await said(ctr('task', 'metrics', 'lives')), /memory/);
      await said(ctr('task', 'kill', '-s', 'KILL', 'lives'));
      await eventually('it has stopped', isStatus('STOPPED'));
      // The shim tells it from a failure by what the runtime says.
      const late = await command(ctr('task', 'kill', '-s', 'TERM', 'lives'));
      assert.match(late.stderr, /process already finished: not found/);
    } finally {
      await command(ctr('task', 'rm', '-f', 'lives'));
      await command(ctr('container', 'rm', 'lives'));
    }
    assert.doesNotMatch(await said(ctr('container', 'ls')), /lives/);
  });
});
