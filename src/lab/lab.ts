/**
 * The lab: the root file system that demos, exercises and `try` start from, made without a download.
 *
 * It is the host's own static busybox with a link for each of its applets, and the dozen files that programs look for.
 * A tree is made under a name of its own and renamed into place, so a reader finds a whole one or none, and of two who
 * make it at once one wins and the other uses it. It is found by a stamp of the busybox (path, size, time), not by a
 * hash of its two megabytes: a start must cost two stat(2) and no more.
 *
 * Nobody writes into the tree: containers get it as the lower directory of an overlay (rootfs.ts).
 */
import { accessSync, constants, existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { makeFolders } from '../linux/make-folders.ts';
import { projectHome } from '../linux/native.ts';
import { copyProgram, writeTree } from './tree.ts';

/** Changes when the tree's content does, so that an older one is not taken for it. */
const VERSION = 1;

/** Path of the lab's tree below DRYDOCK_ROOT; makes it when it is missing. Throws UNSUPPORTED without a static busybox. */
export async function labRoot(root: string): Promise<string> {
  const busybox = findBusybox();
  const tree = join(root, 'lab', stampOf(busybox));
  if (!existsSync(tree)) await make(tree, busybox);
  return tree;
}

// Readable, and without node:crypto, which takes longer to load than everything else here takes together.
function stampOf(busybox: string): string {
  const { size, mtimeMs } = statSync(busybox);
  return [`v${VERSION}`, ...busybox.split('/').slice(1), size, Math.floor(mtimeMs)].join('-');
}

/** The busybox that starts wherever it is put; a guest's first moment is made of it as well. Throws UNSUPPORTED. */
export function staticBusybox(): string {
  const busybox = findBusybox();
  refuseDynamic(busybox);
  return busybox;
}

function findBusybox(): string {
  const path = (process.env.PATH ?? '').split(':').filter((folder) => folder.startsWith('/'));
  const kit = join(projectHome(), '.node/bin'); // scripts/kit.ts has put one there
  const folders = new Set([...path, '/bin', '/usr/bin', '/usr/local/bin', kit]);
  for (const folder of folders) {
    const file = join(folder, 'busybox');
    if (isExecutable(file)) return file;
  }
  throw new DrydockError('UNSUPPORTED', 'a static busybox is needed, and this machine has none', {
    hint: 'apt-get install busybox-static',
  });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false; // Not here: the next folder may have it.
  }
}

async function make(tree: string, busybox: string): Promise<void> {
  refuseDynamic(busybox);
  const applets = await appletsOf(busybox);
  makeFolders(dirname(tree), 0o700);
  const beside = `${tree}.${process.pid}-${process.hrtime.bigint()}`;
  try {
    writeTree(beside, applets);
    copyProgram(busybox, join(beside, 'bin/busybox'));
    renameSync(beside, tree);
  } catch (cause) {
    if (existsSync(beside)) rmSync(beside, { recursive: true });
    // Somebody else was faster: a directory that is not empty is in the place.
    if (existsSync(tree)) return;
    const { message, errno, syscall, path } = cause as NodeJS.ErrnoException;
    throw new DrydockError('SYSCALL', `cannot make the lab in ${tree}: ${message}`, {
      call: syscall,
      args: [path],
      errno: errno === undefined ? undefined : Math.abs(errno),
      hint: 'DRYDOCK_ROOT names another folder, one in which this user can write',
      cause,
    });
  }
}

/** `bin/ls`, `usr/bin/top`: where busybox itself wants its applets. */
async function appletsOf(busybox: string): Promise<string[]> {
  const { execFileSync } = await import('node:child_process');
  const listed = execFileSync(busybox, ['--list-full'], { encoding: 'utf8', maxBuffer: 1 << 20 });
  return listed.split('\n').filter((name) => /^[\w/.[+-]+$/.test(name) && !name.split('/').includes('..'));
}

/** A busybox with shared libraries would start here and nowhere inside. Looks for PT_INTERP in the ELF header (elf(5)). */
function refuseDynamic(busybox: string): void {
  const image = readFileSync(busybox);
  const isElf = image.subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1'));
  const is64 = image[4] === 2;
  if (isElf && is64) {
    const [offset, size, count] = [Number(image.readBigUInt64LE(32)), image.readUInt16LE(54), image.readUInt16LE(56)];
    const types = Array.from({ length: count }, (_, i) => image.readUInt32LE(offset + i * size));
    if (!types.includes(PT_INTERP)) return;
  }
  throw new DrydockError('UNSUPPORTED', `a static busybox is needed, and ${busybox} is not one`, {
    hint: 'apt-get install busybox-static',
  });
}

const PT_INTERP = 3;
