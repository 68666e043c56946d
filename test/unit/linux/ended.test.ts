import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { hasEnded } from '../../../src/linux/ended.ts';
import { features } from '../../../src/linux/features.ts';
import { readStat } from '../../../src/linux/procfs.ts';

for (const pidfd of features().pidfd ? [true, false] : [false])
  describe(`the end of a process, ${pidfd ? 'by its descriptor' : 'by looking again'}`, function () {
    this.timeout(10_000);
    let child: ChildProcess;
    beforeEach(() => (child = spawn('sleep', ['1000'], { stdio: 'ignore' })));
    afterEach(() => child.kill('SIGKILL'));
    const startTime = (): string => readStat(child.pid!)!.startTime;

    it('is told when it comes', async () => {
      let isTold = false;
      const told = hasEnded(child.pid!, startTime(), { pidfd }).then(() => (isTold = true));
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(isTold, false);
      child.kill('SIGKILL');
      await told;
    });

    it('is told at once of one that has another’s number now', async () => {
      await hasEnded(child.pid!, '1', { pidfd });
    });

    it('is told at once of one that is gone', async () => {
      const time = startTime();
      child.kill('SIGKILL');
      await once(child, 'exit');
      await hasEnded(child.pid!, time, { pidfd });
    });
  });
