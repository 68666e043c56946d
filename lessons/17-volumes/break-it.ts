/**
 * The whole machine as a volume, and what stops it: nothing but who root of the container is outside. A volume that is
 * read-only, and what lies mounted below it. And an image that has something copied which is not its own.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyUp } from '../../src/images/volume.ts';
import { breaking, type Attack } from '../../src/learn/attack.ts';
import { MS_NODEV, MS_NOSUID } from '../../src/linux/constants.ts';
import { native } from '../../src/linux/native.ts';
import { remapped } from '../../src/runtime/remap.ts';
import type { Spec } from '../../src/runtime/spec.ts';
import { unmountAll } from '../../src/snapshots/mount.ts';
import { withTree } from './shelf.ts';

/** Runs `body` with a folder that stands for the root of a machine. It is the only one that an attack here may harm. */
async function withMachine<T>(body: (machine: string) => Promise<T>): Promise<T> {
  const machine = mkdtempSync(join(tmpdir(), 'drydock-machine-'));
  try {
    chmodSync(machine, 0o755);
    mkdirSync(join(machine, 'etc'));
    writeFileSync(join(machine, 'etc/shadow'), 'root:*:\n', { mode: 0o600 });
    mkdirSync(join(machine, 'boot'));
    return await body(machine);
  } finally {
    unmountAll(join(machine, 'boot'));
    rmSync(machine, { recursive: true });
  }
}

/** The config with the machine at /mnt, as `-v /:/mnt` does it. */
function withVolume(spec: Spec, source: string, ...options: string[]): Spec {
  const mount = { destination: '/mnt', type: 'bind', source, options: ['rbind', ...options] };
  return { ...spec, mounts: [...(spec.mounts ?? []), mount] };
}

const wholeMachine: Attack = {
  name: 'the whole machine as a volume',
  undefended: 'root is root outside, too',
  defended: 'root is nobody outside',
  attempt: (target, isDefended) =>
    withMachine(async (machine) => {
      const adjust = (spec: Spec): Spec => withVolume(isDefended ? remapped(spec) : spec, machine, 'rw');
      const container = await target.container({ args: ['sleep', '1000'], adjust });
      const { output } = await container.inside(['sh', '-c', 'echo toor::0: >> /mnt/etc/shadow']);
      const succeeded = readFileSync(join(machine, 'etc/shadow'), 'utf8').includes('toor');
      return { succeeded, seen: succeeded ? 'a second root, without a password' : output.trim().replace(/^.*: /, '') };
    }),
};

const below: Attack = {
  name: 'read-only, but for what is mounted below',
  undefended: 'ro: the mount itself',
  defended: 'rro: the whole tree of them',
  attempt: (target, isDefended) =>
    withMachine(async (machine) => {
      const boot = join(machine, 'boot');
      native.mount('tmpfs', boot, 'tmpfs', MS_NOSUID | MS_NODEV, 'size=64k');
      const adjust = (spec: Spec): Spec => withVolume(spec, machine, 'ro', ...(isDefended ? ['rro'] : []));
      const container = await target.container({ args: ['sleep', '1000'], adjust });
      const line = 'touch /mnt/etc/here; touch /mnt/boot/here';
      const { output } = await container.inside(['sh', '-c', line]);
      const succeeded = existsSync(join(boot, 'here'));
      const refusals = output.trim().split('\n').length;
      return { succeeded, seen: succeeded ? 'boot/here is there' : `${refusals} of 2: Read-only file system` };
    }),
};

const ledOut: Attack = {
  name: 'an image whose /data is a link',
  undefended: 'tree and place are joined',
  defended: 'the place is looked up inside',
  attempt: (_target, isDefended) =>
    withTree(async ({ tree, secret, folder }) => {
      symlinkSync(secret, join(tree, 'data'));
      if (isDefended) await copyUp(tree, '/data', folder);
      else cpSync(realpathSync(join(tree, '/data')), folder, { recursive: true });
      const got = readdirSync(folder);
      return { succeeded: got.includes('key'), seen: `in the volume: ${got.join(' ') || 'nothing'}` };
    }),
};

export const attacks: readonly Attack[] = [wholeMachine, below, ledOut];

export const breakIt = breaking(attacks, {
  lesson: 'volumes',
  seconds: 3,
  question: 'Who may give a container a folder of the machine, and what is that worth?',
  turn: ['./drydock read volumes', 'why whoever may ask the engine is root'],
});
