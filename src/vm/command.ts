/**
 * Programs of other people's, started so that a person who lacks one of them, or meets its failure, is told what to type
 * next. Everything about the guest that costs time is done by such programs: apt, mmdebstrap, mke2fs, qemu.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { DrydockError } from '../errors.ts';

/** The Debian package that has a program, where its name is another one. */
const packages: Record<string, string> = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  mke2fs: 'e2fsprogs',
  newuidmap: 'uidmap',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  unshare: 'util-linux',
  'apt-get': 'apt',
  'apt-cache': 'apt',
  'dpkg-deb': 'dpkg',
  xz: 'xz-utils',
};

/** That programs are not installed, and the command that installs them. */
export function lacking(...programs: readonly string[]): DrydockError {
  const [last, ...others] = [...programs].reverse();
  const [names, are, them] =
    others.length > 0 ? [`${others.reverse().join(', ')} and ${last}`, 'are', 'them'] : [last, 'is', 'it'];
  const wanted = new Set(programs.map((program) => packages[program] ?? program));
  return new DrydockError('VM_LACKS', `${names} ${are} not installed, and the guest needs ${them}`, {
    hint: `sudo apt-get install ${[...wanted].join(' ')}`,
  });
}

/** Throws VM_LACKS for all of the programs that are not there: before an hour of work, and not one after the other. */
export function needPrograms(...programs: readonly string[]): void {
  const isHere = (program: string): boolean =>
    spawnSync('sh', ['-c', 'command -v "$0"', program], { stdio: 'ignore' }).status === 0;
  const missing = programs.filter((program) => !isHere(program));
  if (missing.length > 0) throw lacking(...missing);
}

interface Given {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** What a program prints. Throws VM_LACKS, and VM_FAILED with the last lines of its complaint. */
export function bytes(program: string, args: readonly string[], given: Given = {}): Buffer {
  try {
    return execFileSync(program, args, { ...given, maxBuffer: 1 << 27, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (thrown) {
    const { code, stderr = '', status } = thrown as NodeJS.ErrnoException & { stderr?: Buffer; status?: number };
    if (code === 'ENOENT') throw lacking(program);
    const said = String(stderr).trim().split('\n').slice(-5).join('\n');
    throw new DrydockError('VM_FAILED', `${program} ${args.slice(0, 3).join(' ')} … ended with ${status}:\n${said}`, {
      hint: /no space left/i.test(said) ? 'make room on this disk, or name another folder in DRYDOCK_VM' : undefined,
      cause: thrown,
    });
  }
}

/** The same, as text. */
export function output(program: string, args: readonly string[], given: Given = {}): string {
  return bytes(program, args, given).toString('utf8');
}
