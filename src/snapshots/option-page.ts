/**
 * The options of one mount(2) must fit in a page: 4095 bytes and a zero. The lower directories of a deep stack do not.
 *
 * So their paths are made short. On disk each layer has a link with a short name in one folder (`l/k3`), and when even
 * these, spelled out from `/`, are too long, the mount is made from inside that folder, where `k3` is the whole path: 128
 * layers then take some 500 bytes. Docker and containerd do the same in a process of their own, because the working
 * directory belongs to the whole process; our mount is made by a thread that has one of its own (unshare(2), CLONE_FS).
 *
 * mount(2), Documentation/filesystems/overlayfs.rst.
 */
import { dirname } from 'node:path';

/** What fits, without the zero at the end. */
export const OPTION_PAGE = 4095;

const LOWER = 'lowerdir=';

/** Overlay takes what parts options (a comma), or directories (a colon), in a path after a backslash. */
export const escaped = (path: string, separator?: ':'): string =>
  path.replace(separator ? /[\\,:]/g : /[\\,]/g, '\\$&');

/** The options as one text, and the directory that relative paths in it begin at, where it takes one to make them fit. */
export function fitted(options: readonly string[]): { data: string; cwd?: string } {
  const data = options.join(',');
  if (Buffer.byteLength(data) <= OPTION_PAGE) return { data };
  const lower = options.find((option) => option.startsWith(LOWER));
  const folders = lower?.slice(LOWER.length).split(/(?<!\\):/) ?? [];
  const cwd = folders[0] === undefined ? undefined : dirname(folders[0]);
  if (cwd === undefined || !folders.every((folder) => dirname(folder) === cwd)) return { data };
  const short = folders.map((folder) => folder.slice(cwd.length + 1)).join(':');
  const fits = options.map((option) => (option === lower ? LOWER + short : option)).join(',');
  return { data: fits, cwd: cwd.replace(/\\(.)/g, '$1') };
}
