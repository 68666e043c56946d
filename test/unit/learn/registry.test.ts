/** The registry of the lessons, where there is none. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRegistry } from '../../../src/learn/registry/local.ts';

describe('a registry for a lesson', () => {
  it('names the program that is missing: not what the shell said afterwards', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'drydock-test-'));
    const { PATH } = process.env;
    symlinkSync(execFileSync('sh', ['-c', 'command -v sh'], { encoding: 'utf8' }).trim(), join(folder, 'sh'));
    process.env.PATH = folder;
    try {
      await assert.rejects(startRegistry(), {
        message: /^no registry could be started: .*docker-registry: .*not found$/,
        hint: 'apt-get install docker-registry',
      });
    } finally {
      process.env.PATH = PATH;
      rmSync(folder, { recursive: true });
    }
  });
});
