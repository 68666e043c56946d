/**
 * Modes as Go has them (io/fs.FileMode), which Docker's API tells of files: the permissions are Unix's, the type is one bit
 * at the top.
 */
import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFSOCK } from '../linux/constants.ts';

const types: Readonly<Record<number, number>> = {
  [S_IFDIR]: 2 ** 31,
  [S_IFLNK]: 2 ** 27,
  [S_IFBLK]: 2 ** 26,
  [S_IFIFO]: 2 ** 25,
  [S_IFSOCK]: 2 ** 24,
  [S_IFCHR]: 2 ** 26 + 2 ** 21,
};

/** setuid, setgid, sticky. */
const bits = [
  [0o4000, 2 ** 23],
  [0o2000, 2 ** 22],
  [0o1000, 2 ** 20],
] as const;

/** Of an st_mode. */
export function goMode(mode: number): number {
  const special = bits.reduce((sum, [ours, gos]) => sum + (mode & ours ? gos : 0), 0);
  return (types[mode & S_IFMT] ?? 0) + special + (mode & 0o777);
}
