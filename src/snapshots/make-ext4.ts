/**
 * An empty ext4 on a block device. Nobody but mkfs knows how (mke2fs(8), package e2fsprogs).
 */
import { execFileSync } from 'node:child_process';
import { unsupported } from './driver.ts';

/** Throws DRIVER_UNSUPPORTED where there is no mkfs.ext4, or it fails. */
export function makeExt4(device: string): void {
  // The device reads as zeros already: neither discarding its blocks nor writing its tables in advance is needed.
  const args = ['-q', '-E', 'nodiscard,lazy_itable_init=1,lazy_journal_init=1', device];
  try {
    execFileSync('mkfs.ext4', args, { stdio: 'pipe', env: { PATH: '/usr/sbin:/sbin:/usr/bin:/bin' } });
  } catch (cause) {
    const { code, stderr } = cause as NodeJS.ErrnoException & { stderr?: Buffer };
    const why =
      code === 'ENOENT'
        ? 'there is no mkfs.ext4 (apt-get install e2fsprogs)'
        : `mkfs.ext4 failed: ${stderr?.toString().trim()}`;
    throw unsupported('devicemapper', why, cause);
  }
}
