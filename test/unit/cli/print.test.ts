/** What verbs print, when the descriptor does not take it. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { projectHome } from '../../../src/linux/native.ts';

describe('what verbs print', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dd-print-'));
  const [gate, back] = [join(folder, 'gate'), join(folder, 'back')];
  before(() => execFileSync('mkfifo', [gate, back]));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Prints into a stream whose other end is behind ours, a socket that never blocks; and more once there is room again. */
  function printer(output: Writable): ChildProcess {
    const code = `const { print, warn } = require(${JSON.stringify(join(projectHome(), 'src/cli/docker/print.ts'))});
      const lines = (from) => { for (let line = from; line < from + 100000; line++) print('line ' + line + '\\n'); };
      lines(0);
      warn('half');
      require('node:fs').readFileSync(${JSON.stringify(back)});
      lines(100000);`;
    const place = { cwd: projectHome(), stdio: ['ignore', output, 'pipe'] as StdioOptions };
    return spawn(process.execPath, ['--import', 'tsx', '-e', code], place);
  }

  it('arrives whole and in order at a reader who begins late', async () => {
    const late = 'read -r go < "$0"; head -c 1000; echo go > "$1"; cat';
    const reader = spawn('sh', ['-c', late, gate, back], { stdio: ['pipe', 'pipe', 'inherit'] });
    const writer = printer(reader.stdin);
    reader.stdin.destroy(); // The writer's copy is left.
    let text = '';
    reader.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
    const [said] = (await once(writer.stderr!, 'data')) as [Buffer];
    assert.equal(String(said), 'half');
    writeFileSync(gate, 'go\n');
    const [[code]] = await Promise.all([once(writer, 'close'), once(reader, 'close')]);
    assert.equal(code, 0);
    assert(
      text === Array.from({ length: 200_000 }, (_, line) => `line ${line}\n`).join(''),
      `${text.length} characters`,
    );
  }).timeout(60_000);
});
