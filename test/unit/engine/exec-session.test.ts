/** What is known of an exec between its end and the moment that we are told of it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Exec } from '../../../src/engine/exec-session.ts';

describe('an exec that runs', () => {
  let place: string;
  beforeEach(() => void (place = mkdtempSync(join(tmpdir(), 'dd-exec-'))));
  afterEach(() => rmSync(place, { recursive: true }));

  it('has its exit code as soon as its vessel has written it, and not before', () => {
    const exec = new Exec({ id: 'a'.repeat(64), request: { Cmd: ['true'] }, pid: 7 }, 'b'.repeat(64), place);
    exec.isRunning = true;
    exec.lookForEnd();
    const before = exec.inspect();
    assert.deepEqual([before.Running, before.ExitCode, before.Pid], [true, null, 7]);
    writeFileSync(join(place, `${exec.name}.exit`), '{"status":5}');
    exec.lookForEnd();
    const after = exec.inspect();
    assert.deepEqual([after.Running, after.ExitCode, after.Pid], [false, 5, 0]);
  });
});
