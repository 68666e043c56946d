/**
 * The root file system of a guest's first moment: busybox, a few modules in an order in which they can be loaded, and a
 * script that finds the real one. Debian's own initramfs would need an installed system to be made in.
 * See initramfs(5), and Documentation/filesystems/ramfs-rootfs-initramfs.rst of the kernel.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { staticBusybox } from '../lab/lab.ts';
import { bytes, output } from './command.ts';
import type { Kernel } from './kernel.ts';

interface Wanted {
  readonly kernel: Kernel;
  /** Modules by name; what they need comes by itself. */
  readonly modules: readonly string[];
  /** Its own files, by their names in it; `init` is the first program. */
  readonly files: Readonly<Record<string, string>>;
}

/** Makes the archive that the kernel unpacks. Throws VM_LACKS, VM_FAILED. */
export function makeInitramfs(path: string, { kernel, modules, files }: Wanted): void {
  const root = mkdtempSync(join(tmpdir(), 'drydock-initramfs-'));
  try {
    for (const part of ['bin', 'modules']) mkdirSync(join(root, part));
    copyFileSync(staticBusybox(), join(root, 'bin/busybox'));
    for (const [name, source] of Object.entries(files)) copyFileSync(source, join(root, name));
    const order = inOrder(kernel.modules, modules).map((file) => plain(file, join(root, 'modules')));
    writeFileSync(join(root, 'modules/order'), order.map((name) => `${name}\n`).join(''));
    output('sh', ['-c', 'chmod 755 init && find . | bin/busybox cpio -o -H newc >"$0"', path], { cwd: root });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const EXTENSION = /[.]ko([.]xz)?$/;
const nameOf = (file: string): string => basename(file).replace(EXTENSION, '').replaceAll('-', '_');

/** The files of these modules and of all that they depend on, dependencies first. What is built in has no file. */
function inOrder(folder: string, wanted: readonly string[]): string[] {
  const all = readdirSync(join(folder, 'kernel'), { recursive: true, encoding: 'utf8' });
  const files = all.filter((file) => EXTENSION.test(file)).map((file) => join(folder, 'kernel', file));
  const byName = new Map(files.map((file) => [nameOf(file), file]));
  const order: string[] = [];
  const add = (name: string): void => {
    const file = byName.get(name.replaceAll('-', '_'));
    if (file === undefined || order.includes(file)) return;
    const [, needs = ''] = /depends=([^\0]*)/.exec(contents(file).toString('latin1')) ?? [];
    needs.split(',').filter(Boolean).forEach(add);
    order.push(file);
  };
  wanted.forEach(add);
  return order;
}

function contents(file: string): Buffer {
  return file.endsWith('.xz') ? bytes('xz', ['-dc', file]) : readFileSync(file);
}

/** busybox loads no compressed module. Copies it unpacked, and answers its name there. */
function plain(file: string, folder: string): string {
  const name = basename(file).replace(/[.]xz$/, '');
  writeFileSync(join(folder, name), contents(file));
  return name;
}
