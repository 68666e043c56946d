/**
 * A guest of `drydock vm` with its real qemu and kernel, one of its own for the tests of a file. Kernels and images are those
 * of build/vm, or of DRYDOCK_VM, and are built there if need be.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { vmFolder } from '../../src/vm/folder.ts';
import { drydock, freshFolder, output, type Answer, type Given } from '../cli/support.ts';

/** In megabytes. Little, so that it is soon full. */
export const MEMORY = 1024;
export const HOUR = 3_600_000;

export interface Guest {
  readonly env: NodeJS.ProcessEnv;
  vm(words: readonly string[], given?: Given): Promise<Answer>;
  /** What a line says in it, with this exit code. */
  inside(line: string, code?: number): Promise<string>;
  /** Of its qemu. */
  pid(): number;
  up(): Promise<void>;
}

/** Call it in a `describe`: the guest is up before each test. */
export function aGuest(): Guest {
  const DRYDOCK_VM = freshFolder('vm');
  const env = { DRYDOCK_VM, DRYDOCK_WORK: freshFolder('work') };
  const guest: Guest = {
    env,
    vm: (words, given = {}) => drydock(['vm', ...words], { env, ...given }),
    inside: (line, code = 0) => output(['vm', 'run', line], { env, code }),
    pid: () => (JSON.parse(readFileSync(join(DRYDOCK_VM, 'guests/6.1/state.json'), 'utf8')) as { pid: number }).pid,
    up: async () => {
      const { code, stderr } = await guest.vm(['up', '--memory', String(MEMORY)]);
      assert.equal(code, 0, stderr);
    },
  };
  before('what has been built is used', () => {
    for (const part of ['apt', 'kernels', 'images']) {
      mkdirSync(join(vmFolder(), part), { recursive: true });
      symlinkSync(join(vmFolder(), part), join(DRYDOCK_VM, part));
    }
  });
  beforeEach('start it', () => guest.up());
  after('remove it', () => guest.vm(['destroy']));
  return guest;
}
