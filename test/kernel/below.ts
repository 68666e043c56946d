/** A container whose creator has been started in an unusual way. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectHome } from '../../src/linux/native.ts';
import type { Result } from './support.ts';

/** A line of shell in a container that is created by a Node started as `command` says. */
export function shellBelow(command: string[], line: string, preserved = 0, stdio: number[] = []): Result {
  const node = [process.execPath, '--import', 'tsx', join(__dirname, 'elsewhere.ts'), 'shell', line, String(preserved)];
  const [program, ...args] = [...command, ...node] as [string, ...string[]];
  const { stdout } = spawnSync(program, args, {
    cwd: projectHome(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit', ...stdio],
  });
  const { ok, error } = JSON.parse(stdout) as { ok?: Result; error?: { message: string; hint?: string } };
  assert(ok, `${error?.message} ${error?.hint}`);
  return ok;
}
