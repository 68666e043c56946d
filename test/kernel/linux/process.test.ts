/** A held process stays the one that was meant. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { holdProcess } from '../../../src/linux/process.ts';
import { readStat } from '../../../src/linux/procfs.ts';

const sleeper = async (): Promise<ChildProcess> => {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  await once(child, 'spawn');
  return child;
};

describe('a held process', () => {
  let child: ChildProcess;
  beforeEach(async () => void (child = await sleeper()));
  afterEach(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  it('can be looked at and signalled while it lives', async () => {
    const held = holdProcess(child.pid!, readStat(child.pid!)!.startTime)!;
    assert.equal(readlinkSync(`${held.path}/ns/net`), readlinkSync(`/proc/${child.pid}/ns/net`));
    assert.equal(held.signal(0), true);
    assert.equal(held.signal(10), true);
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGUSR1']);
    held.close();
  });

  it('is nobody afterwards, neither to look at nor to signal', async () => {
    const held = holdProcess(child.pid!)!;
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(held.signal(0), false);
    assert.equal(readStat(held.path), undefined);
    assert.throws(() => readlinkSync(`${held.path}/ns/net`), /ENOENT|ESRCH/);
    held.close();
  });

  it('is not had under another start time, nor when there is none', async () => {
    const before = readdirSync('/proc/self/fd').length;
    assert.equal(holdProcess(child.pid!, '1'), undefined);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(holdProcess(child.pid!), undefined);
    assert.equal(readdirSync('/proc/self/fd').length, before, 'no descriptor stays open');
  });
});
