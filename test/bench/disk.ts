/**
 * A disk of its own for a daemon: what one removes does not cost the other.
 *
 * ext4 takes no inode again that was freed in the last minute, or five where its block is still dirty, and looks at each of
 * these on its way to a free one (recently_deleted() in fs/ext4/ialloc.c). dockerd unpacks a context and removes it: after
 * 20,000 files of that, 20,000 more on the same disk take ten seconds instead of one, whoever makes them.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const size = 16 * 2 ** 30; // a hole at first: it takes what is written

/**
 * The command, so that it finds a new ext4 at `folder`/root. It is mounted where only the command and its children see it
 * (mount_namespaces(7)), so it goes with the last of them, however they end; the process is the same (exec).
 */
export function onOwnDisk(folder: string, command: readonly string[]): string[] {
  const [image, root] = [join(folder, 'disk'), join(folder, 'root')];
  mkdirSync(root, { recursive: true });
  writeFileSync(image, '');
  truncateSync(image, size);
  // All of it now: the kernel would otherwise write the inode tables while somebody is measured.
  execFileSync('mkfs.ext4', ['-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image]);
  const script = 'mount -o loop "$0" "$1" && shift && exec "$@"';
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, image, root, ...command];
}
