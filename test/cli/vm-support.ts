/** Machines for the tests of `drydock vm`: a PATH in which the programs of the guest are missing, or stand-ins. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drydock, freshFolder, type Answer, type Given } from './support.ts';

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

/** Of Debian's root file system an image needs one folder here; of its disk that it was made, and how often. */
const mmdebstrap = `for word; do case $word in *.tar) archive=$word ;; esac; done
mkdir "$archive.d" "$archive.d/sbin" && tar -C "$archive.d" -cf "$archive" . && rm -r "$archive.d"`;
const img = 'for last; do :; done; [ "$1" != create ] || echo made >>"$last"';
const keygen = 'for last; do :; done; echo key >"$last"; echo key >"$last.pub"';
const builders = {
  mmdebstrap,
  'qemu-img': img,
  'ssh-keygen': keygen,
  chroot: ':',
  mke2fs: 'for last; do image=$before before=$last; done; : >"$image"',
};

/** What it does after it was asked for its version. */
const booted = (then: string): string => `if [ "$1" = --version ]; then ${qemu('7.2.0')}; exit; fi; ${then}`;

/** ssh. Runs here what is for the guest, without the surroundings: a guest begins with signals as they usually are. */
export const ssh = `for last; do :; done
case $last in
  *'&& { setsid '*) line="{ setsid \${last#*&& { setsid }" ;;
  *'kill -s '*) line=$last ;;
  poweroff) line='kill $(sed "s/.*\\"pid\\":\\([0-9]*\\).*/\\1/" "$DRYDOCK_VM/guests/6.1/state.json")' ;;
  *) exit 0 ;;
esac
setsid env --default-signal=INT,TERM,HUP,QUIT bash -c "$line"`;

/** A qemu whose guest is up at once, and does nothing. */
export const ready = 'echo "drydock guest: ready" >console.log; exec sleep 1000';

/** A folder for guests of its own, with kernels that are none, and `drydock vm` on a machine of stand-ins. */
export interface StandIn {
  readonly DRYDOCK_VM: string;
  /** The folder of the guest 6.1. */
  readonly guest: string;
  /** The process of its qemu, or of the last one. */
  pid(): number;
  /** With a qemu that does `then`. */
  vm(words: readonly string[], then?: string, given?: Given): Promise<Answer>;
}

/** With these programs in place of those that do nothing. */
export function standIn(programs: Record<string, string> = {}): StandIn {
  const DRYDOCK_VM = freshFolder('vm');
  const guest = join(DRYDOCK_VM, 'guests/6.1');
  for (const series of ['6.1', '6.12']) {
    const kernel = join(DRYDOCK_VM, 'kernels', series, 'linux-image-test');
    for (const part of ['boot', `lib/modules/${series}/kernel`]) mkdirSync(join(kernel, part), { recursive: true });
    writeFileSync(join(kernel, `boot/vmlinuz-${series}`), '');
  }
  const DRYDOCK_WORK = freshFolder('work');
  return {
    DRYDOCK_VM,
    guest,
    pid: () => (JSON.parse(readFileSync(join(guest, 'state.json'), 'utf8')) as { pid: number }).pid,
    vm: (words, then = ready, given = {}) => {
      const bin = machineWith({ ...complete, ...builders, 'qemu-system-x86_64': booted(then), ...programs });
      const PATH = `${bin}:${process.env.PATH}`;
      const env = { PATH, DRYDOCK_VM, DRYDOCK_VM_MIRROR: 'file:/nowhere', DRYDOCK_WORK, ...given.env };
      return drydock(['vm', ...words], { ...given, env });
    },
  };
}
