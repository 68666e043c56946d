import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeDefaults } from '../../../src/daemon/defaults-file.ts';

describe('/etc/default/drydock', () => {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-defaults-'));
  after(() => rmSync(folder, { recursive: true }));

  /** The options in such a file, and the environment after it. */
  function taken(text: string, environment: NodeJS.ProcessEnv = {}): [string[], NodeJS.ProcessEnv] {
    const path = join(folder, 'drydock');
    writeFileSync(path, text);
    return [takeDefaults(path, environment), environment];
  }

  it('has lines as a shell has them, and what the environment says already wins', () => {
    const text = `# words\nexport TMPDIR=/x # more\nA='$B'"c"d\nDRYDOCK_OPTS="--label 'a b' -D"\r\n`;
    const [options, environment] = taken(text, { A: 'mine' });
    assert.deepEqual(options, ['--label', 'a b', '-D']);
    assert.deepEqual([environment.TMPDIR, environment.A], ['/x', 'mine']);
    assert.equal(taken(text)[1].A, '$Bcd');
    assert.deepEqual(takeDefaults(join(folder, 'none'), {}), []);
  });

  for (const line of [
    'A="$B"',
    'A="it\'s $B"',
    'A=$B',
    'A=`date`',
    'A="x$(date)"',
    'A=b; C=d',
    'A=b;C=d',
    'A=b&',
    'A=~/b',
    'A= b',
    'A="b',
    'if true; then',
  ])
    it(`is not run, and says so of what it would have to run: ${line}`, () =>
      assert.throws(() => taken(`A=1\n${line}\n`), { code: 'ENGINE', message: /, line 2: / }));

  it('may have those signs where a shell leaves them alone', () => {
    const [, environment] = taken('A="\\$B" # costs $5\nC=\\`d\nE="^a$"\nF= # ~; none\nG="a;b&~"~\n');
    assert.deepEqual(environment, { A: '$B', C: '`d', E: '^a$', F: '', G: 'a;b&~~' });
  });
});
