/** A container that has run before. */
import assert from 'node:assert/strict';
import { commitContainer, createExec, inspectExec, restartContainer, startExec } from '../../../src/engine/index.ts';
import { until } from '../support.ts';
import { boxes } from './boxes.ts';

describe('a container that is started again', () => {
  const lab = boxes();

  async function execIn(name: string): Promise<number | null> {
    const { Id } = await createExec(lab.engine, name, { Cmd: ['sh', '-c', 'exit 3'] });
    await startExec(lab.engine, Id, { detach: true });
    await until('the exec has ended', () => !inspectExec(lab.engine, Id).Running);
    return inspectExec(lab.engine, Id).ExitCode;
  }

  it('can be entered as before, and forgets who entered it then', async () => {
    await lab.run('box', 'sleep 1000');
    assert.equal(await execIn('box'), 3);
    await restartContainer(lab.engine, 'box', { timeout: 0 });
    assert.equal(await execIn('box'), 3);
    assert.equal(lab.engine.containers.find('box').execs.size, 1);
  });

  it('can be committed while it waits for that', async () => {
    await lab.run('box', 'exit 1', { RestartPolicy: { Name: 'always' } });
    await until('it waits', () => lab.engine.containers.find('box').record.State.Restarting);
    assert.match((await commitContainer(lab.engine, 'box')).Id, /^sha256:/);
  });
});
