/** Machines for the tests of `drydock vm`: a PATH in which the programs of the guest are missing, or stand-ins. */
import { execFileSync } from 'node:child_process';
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshFolder } from './support.ts';

/** A PATH with what a machine has at least, and these programs besides. */
export function machineWith(programs: Record<string, string> = {}): string {
  const folder = freshFolder('path');
  for (const name of ['sh', 'ldd', 'cat', 'bash', 'tar', 'xz']) {
    const path = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    symlinkSync(path, join(folder, name));
  }
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

export const qemu = (version: string): string => `echo "QEMU emulator version ${version}"`;

/** A machine that has every program, and they do nothing. */
export const complete = {
  'qemu-system-x86_64': qemu('7.2.0'),
  ...{ 'qemu-img': ':', ssh: ':', 'ssh-keygen': ':', mmdebstrap: ':', mke2fs: ':' },
};
