/** What is read of a log that goes on growing. Everything else about logs: life.test.ts. */
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync } from 'node:fs';
import { containerLogs, logPath } from '../../../src/engine/logs.ts';
import { waitContainer } from '../../../src/engine/wait.ts';
import { boxes } from './boxes.ts';

describe('the log of a program that writes faster than we read', () => {
  const lab = boxes();

  it('has an end for whoever does not follow it: where it was when it was opened', async () => {
    await lab.run('writer', 'echo one; echo two');
    await waitContainer(lab.engine, 'writer', 'not-running');
    const path = logPath(lab.engine.containers.find('writer').folder);
    const line = readFileSync(path, 'utf8').split('\n')[0]!;
    const read: string[] = [];
    for await (const { bytes } of containerLogs(lab.engine, 'writer', { stdout: true, tail: 1 })) {
      read.push(bytes.toString());
      assert(read.length < 100, 'it never ends');
      appendFileSync(path, `${line}\n`); // as the program would
    }
    assert.deepEqual(read, ['two\n']);
  });
});
