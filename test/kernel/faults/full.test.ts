/**
 * A disk that is full: the folder of the states has this many pages, or inodes, and no more. From none on, one after the
 * other, until there are enough: before that, create says what it could not write, and leaves nothing.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ENOSPC } from '../../../src/linux/errno.ts';
import { projectHome } from '../../../src/linux/native.ts';
import { leavesNothing } from '../support.ts';
import type { Round } from './full.ts';

describe('a folder of states on a full disk', function () {
  leavesNothing();

  for (const what of ['pages', 'inodes'])
    it(`without ${what}, fails the create with what could not be written, and keeps nothing`, async () => {
      const node = [process.execPath, '--import', 'tsx', join(__dirname, 'full.ts'), what];
      const args = ['--mount', '--propagation', 'private', '--', ...node];
      const { stdout } = await promisify(execFile)('unshare', args, { cwd: projectHome() });
      const rounds = JSON.parse(stdout) as Round[];
      const failed = rounds.filter(({ error }) => error);
      assert(failed.length >= 2 && failed.length < rounds.length, 'some are too small, and some are not');
      for (const { free, error, states, cgroups } of rounds) {
        assert.deepEqual({ states, cgroups }, { states: [], cgroups: [] }, `${free} ${what}: ${error?.message}`);
        if (!error) continue;
        assert.deepEqual([error.name, error.code, error.errno], ['DrydockError', 'SYSCALL', ENOSPC], error.message);
        assert.match(error.message, /full-\d+\/[0-9a-f]{12}/, 'it names the file');
      }
    });
});
