import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { begun, failures, folder, judge } from '../support.ts';

describe('lesson ports, on a kernel without bridges', () => {
  const before = process.env.PATH;
  after(() => (process.env.PATH = before));

  it('says what the kernel said, and which modules it may lack', async () => {
    const programs = join(folder, 'programs');
    mkdirSync(programs);
    const ip =
      '#!/bin/sh\ncase "$*" in *"type bridge"*) echo "Unknown device type." >&2; exit 2;; esac\nPATH=$REAL exec ip "$@"\n';
    writeFileSync(join(programs, 'ip'), ip.replace('$REAL', before ?? ''), { mode: 0o755 });
    process.env.PATH = `${programs}:${before}`;
    const [failure] = failures(await judge(await begun('ports'), 'ports', { only: 'from outside reaches' }));
    const told = `${failure?.finding?.did} ${failure?.finding?.kernel}`;
    assert.match(told, /cannot make the bridge of the checks: Unknown device type[.]\n.*modprobe -a bridge veth/);
  });
});
