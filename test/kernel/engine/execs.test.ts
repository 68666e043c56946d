/** Further processes in a container (`exec`): what they say, how they end, and how long that is known. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import {
  createContainer,
  createExec,
  inspectContainer,
  inspectExec,
  removeContainer,
  startContainer,
  startExec,
  type Engine,
} from '../../../src/engine/index.ts';
import { stateDir } from '../../../src/runtime/state.ts';
import { leavesNothing, until } from '../support.ts';
import { closed, execIn, freshPlaces, opened, sh } from './support.ts';

describe('execs in a container of the engine', function () {
  let engine: Engine;
  before(async () => (engine = await opened(freshPlaces())));
  after(() => closed(engine));
  afterEach(async () => {
    for (const { id } of engine.containers.all()) await removeContainer(engine, id, { force: true, volumes: true });
  });

  // The hooks run in this order: first ours goes, then it is looked.
  leavesNothing();

  async function box(): Promise<string> {
    const { Id } = await createContainer(engine, sh('sleep 1000', { Init: true }), 'box');
    await startContainer(engine, Id);
    return Id;
  }

  it('runs further processes, which have their own exit codes, input and environment', async () => {
    await box();
    const cat = await execIn(engine, 'box', { Cmd: ['sh', '-c', 'cat; exit 3'], AttachStdin: true }, 'in\n');
    assert.deepEqual(cat, { out: 'in\n', code: 3 });
    const env = await execIn(engine, 'box', { Cmd: ['sh', '-c', 'echo $A; pwd'], Env: ['A=b'], WorkingDir: '/tmp' });
    assert.deepEqual(env, { out: 'b\n/tmp\n', code: 0 });
    // A burst that ends at once is there whole, though nobody could listen before it began.
    const burst = await execIn(engine, 'box', { Cmd: ['seq', '1', '20000'] });
    assert.equal(burst.out.split('\n').length, 20001);
  });

  it('knows how an exec has ended before its output ends, however late the engine hears so', async () => {
    const id = await box();
    const { Id } = await createExec(engine, 'box', { AttachStdout: true, Cmd: ['sh', '-c', 'sleep 0.2; exit 3'] });
    const client = await startExec(engine, Id, {}, { write: () => undefined });
    const [session] = engine.containers.find(id).execs.values();
    session!.vessel!.pause();
    const told = client!.ended.then(() => inspectExec(engine, Id).ExitCode);
    const socket = join(stateDir(engine.run, id), `${session!.name}.sock`);
    await until('its vessel has gone', () => !existsSync(socket));
    session!.vessel!.resume();
    assert.equal(await told, 3);
  });

  it('forgets an exec that ended long ago when the next one is made, and none before', async () => {
    await box();
    const made = async (): Promise<string> => {
      const { Id } = await createExec(engine, 'box', { Cmd: ['true'] });
      await startExec(engine, Id, { detach: true });
      await until('the exec is over', () => !inspectExec(engine, Id).Running);
      return Id;
    };
    const [old, young] = [await made(), await made()];
    const place = stateDir(engine.run, engine.containers.find('box').id);
    const hourAgo = Date.now() / 1000 - 3600;
    utimesSync(join(place, `exec-${old.slice(0, 12)}.exit`), hourAgo, hourAgo);
    assert.equal(inspectExec(engine, old).ExitCode, 0);
    await made();
    assert.throws(() => inspectExec(engine, old), { code: 'NO_SUCH_EXEC' });
    assert.equal(inspectExec(engine, young).ExitCode, 0);
    assert.deepEqual(
      readdirSync(place).filter((name) => name.startsWith(`exec-${old.slice(0, 12)}`)),
      [],
    );
  });

  it('goes on in its terminal when whoever was there has left, and ends with the input where it has none', async () => {
    await box();
    const left = async (Tty: boolean): Promise<string> => {
      const { Id } = await createExec(engine, 'box', { AttachStdin: true, AttachStdout: true, Tty, Cmd: ['cat'] });
      let heard = '';
      const client = await startExec(engine, Id, {}, { write: (_, bytes) => void (heard += bytes.toString()) });
      await client!.input(Buffer.from('one\n'));
      await until('it has answered', () => heard.includes('one'));
      await client!.closeInput();
      client!.close();
      return Id;
    };
    const [terminal, pipe] = [await left(true), await left(false)];
    await until('the one without a terminal has ended', () => inspectExec(engine, pipe).ExitCode === 0);
    const { Id } = await createExec(engine, 'box', { AttachStdout: true, Cmd: ['true'] });
    await (await startExec(engine, Id, {}, { write: () => undefined }))!.ended;
    assert.equal(inspectExec(engine, terminal).Running, true);
  });

  it('says of an exec whose program is not there what docker looks for, and keeps the container', async () => {
    await box();
    const { Id } = await createExec(engine, 'box', { Cmd: ['nowhere'], AttachStdout: true });
    await assert.rejects(startExec(engine, Id, {}, { write: () => undefined }), /executable file not found in \$PATH/);
    assert.equal(inspectExec(engine, Id).ExitCode, 126);
    assert.equal((await inspectContainer(engine, 'box')).State.Running, true);
  });
});
