/** `drydock logs -f web | head -1`: what only prints ends with its reader, as the real client does. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { projectHome } from '../../src/linux/native.ts';
import { bridgeOfOwn, startEngine, type Server } from './engine-support.ts';
import { command, isInstalled, said, skipAll } from './support.ts';

describe('a reader that has seen enough', function () {
  this.timeout(120_000);
  let engine: Server | undefined;

  before(async function () {
    if (!isInstalled('docker')) skipAll(this, 'no docker here');
    engine = await startEngine(...bridgeOfOwn());
    const script = 'while echo line; do sleep 0.1; done';
    await said(engine.docker('run', '-d', '--init', '--name', 'talks', '--network', 'none', 'lab', 'sh', '-c', script));
  });
  after(async () => {
    if (engine) await command(engine.docker('rm', '-f', 'talks'));
    await engine?.end();
  });

  /** The exit code of the client and what it says, in front of a reader that takes ten characters. */
  async function left(client: string, line: string): Promise<string> {
    // There is always another event to come: who has nothing to write does not notice that nobody reads.
    let isLeft = false;
    const happens = async (): Promise<void> => {
      while (!isLeft) await command(engine!.docker('exec', 'talks', 'true'));
    };
    const happening = line.startsWith('events') ? happens() : undefined;
    const script = `${client} -H ${engine!.host} ${line} | head -c 10 >/dev/null; echo "\${PIPESTATUS[0]}"`;
    try {
      const { stdout, stderr } = await command(['bash', '-c', script], { seconds: 20 });
      return stdout + stderr;
    } finally {
      isLeft = true;
      await happening;
    }
  }

  const ours = `${process.execPath} ${join(projectHome(), 'dist/drydock.cjs')}`;
  for (const line of ['events --since 1h', 'logs -f talks', 'stats', 'save lab', 'export talks'])
    it(`ends ${line}, by SIGPIPE and without a word`, async () => {
      assert.equal(await left(ours, line), '141\n');
      assert.equal(await left('docker', line), '141\n');
    });
});
