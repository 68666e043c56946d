/** What scripts/reporter.cjs leaves of a run of tests that does not come to its end: scripts/suites.mjs and scripts/vm.ts tell it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const home = resolve(__dirname, '../..');

interface Tally {
  passed: number;
  failed: number;
  failures: string[];
  unfinished?: string;
}

describe('the reporter of the tests', () => {
  /** What is counted of a file with these tests. */
  function tallyOf(tests: string): Tally {
    const folder = mkdtempSync(join(tmpdir(), 'drydock-reporter-'));
    try {
      const [file, tally] = [join(folder, 'some.cjs'), join(folder, 'tally')];
      writeFileSync(file, `describe('a suite', () => { ${tests} });`);
      const mocha = join(home, 'node_modules/mocha/bin/mocha.js');
      const words = [mocha, '--no-config', '--reporter', join(home, 'scripts/reporter.cjs'), file];
      spawnSync(process.execPath, words, { cwd: folder, env: { ...process.env, DRYDOCK_TALLY: tally } });
      return JSON.parse(readFileSync(tally, 'utf8')) as Tally;
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  const two = "it('passes', () => {}); it('fails', () => { throw new Error('why') });";

  it('counts what was tested, and has nothing unfinished at the end', () => {
    const { passed, failed, failures, unfinished } = tallyOf(two);
    assert.deepEqual([passed, failed, failures], [1, 1, ['a suite › fails\nwhy']]);
    assert.equal(unfinished, undefined);
  });

  it('has told what passed and what failed before it died, and at which test it was', () => {
    const { passed, failed, failures, unfinished } = tallyOf(`${two} it('dies', () => process.kill(process.pid, 9))`);
    assert.deepEqual([passed, failed, failures], [1, 1, ['a suite › fails\nwhy']]);
    assert.equal(unfinished, 'a suite › dies');
  });

  it('names a hook that does not come to its end', () => {
    const hook = "after('looks around', () => process.kill(process.pid, 9));";
    assert.match(tallyOf(two + hook).unfinished!, /^a suite › "after all" hook: looks around/);
  });
});
