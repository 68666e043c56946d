/** An engine whose machine's time of day is set back by an hour, or forward, while it is at work. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEngine, type Server } from './engine-support.ts';
import { command, eventually, folder, isInstalled, said, skipAll } from './support.ts';

const HOUR = 3_600_000;

describe('an engine whose clock is set', function () {
  this.timeout(120_000);
  const clock = join(folder, 'clock');
  let engine: (Server & { readonly run: string }) | undefined;

  const docker = (...words: string[]): Promise<string> => said(engine!.docker(...words));
  const start = (name: string, ...words: string[]): Promise<string> =>
    docker('run', '-d', '--init', '--network', 'none', '--name', name, ...words);
  const tell = (name: string, what: string): Promise<string> => docker('inspect', '-f', what, name);

  /** Waits until the engine itself has another time. */
  async function set(ms: number): Promise<void> {
    writeFileSync(clock, String(ms));
    process.kill(Number(readFileSync(join(engine!.run, 'drydock.pid'), 'utf8')), 'SIGUSR2');
    const off = async (): Promise<number> =>
      Date.parse(await docker('info', '-f', '{{.SystemTime}}')) - Date.now() - ms;
    await eventually('another time of day', async () => Math.abs(await off()) < HOUR / 2);
  }

  before(async function () {
    if (!isInstalled('docker')) skipAll(this, 'no docker here');
    const { NODE_OPTIONS } = process.env;
    process.env.CLOCK = clock;
    process.env.NODE_OPTIONS = `--import=${join(__dirname, 'helpers/clock.mjs')}`;
    engine = await startEngine('--idle', '2').finally(() => {
      process.env.NODE_OPTIONS = NODE_OPTIONS ?? '';
    });
    await start('keeper', 'lab', 'sleep', '1000');
  });
  after(async () => {
    if (engine)
      await command(['sh', '-c', `docker -H ${engine.host} ps -aq | xargs -r docker -H ${engine.host} rm -f`]);
    await engine?.end();
  });

  for (const [way, ms] of [
    ['back', -HOUR],
    ['forward', HOUR],
  ] as const)
    it(`judges health, starts again and tells its log as before when it is set ${way}`, async () => {
      await set(0);
      const health = ['--health-cmd', 'false', '--health-interval', '200ms', '--health-retries', '1'];
      await start(`ill-${way}`, ...health, '--health-start-period', '1s', 'lab', 'sleep', '1000');
      await start(`young-${way}`, ...health, '--health-start-period', '30m', 'lab', 'sleep', '1000');
      await start(`again-${way}`, '--restart', 'always', 'lab', 'sh', '-c', 'echo line; sleep 0.1; exit 1');
      await set(ms);
      await eventually(
        'the end of its start period',
        async () => (await tell(`ill-${way}`, '{{.State.Health.Status}}')) === 'unhealthy',
      );
      assert.equal(await tell(`young-${way}`, '{{.State.Health.Status}}'), 'starting');
      const count = async (): Promise<number> => Number(await tell(`again-${way}`, '{{.RestartCount}}'));
      const before = await count();
      await eventually('two more restarts', async () => (await count()) >= before + 2);
      assert.equal((await docker('logs', '--since', '10m', `again-${way}`)).split('\n')[0], 'line');
      await docker('rm', '-f', `ill-${way}`, `young-${way}`, `again-${way}`);
    });

  it('goes when nobody has needed it for a while, though it was set back meanwhile', async () => {
    await set(0);
    await set(-HOUR);
    await docker('rm', '-f', 'keeper');
    await eventually('its end', () => /ends: nothing has run for 2 s/.test(engine!.log()), 20_000);
  });
});
