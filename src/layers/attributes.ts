/**
 * The extended attributes of a file that go along when it is sent to an engine: what its program may do (capabilities(7), "File
 * capabilities"), and no others.
 *
 * So does Docker's client. Labels are of this host; what is noted in `user.` was often noted by a browser, and is nobody's
 * business elsewhere.
 */
import { isSyscallError } from '../linux/calls.ts';
import { ENODATA, EOPNOTSUPP } from '../linux/errno.ts';
import { native } from '../linux/native.ts';
import type { Entry } from './types.ts';

const CAPABILITY = Buffer.from('security.capability');

/** Of an open file; undefined: it has none. */
export function sentAttributes(fd: number): Entry['xattrs'] {
  try {
    // Nearly every file has none. To ask for one by name would be an error each time.
    if (!native.listxattr(fd).some((name) => name.equals(CAPABILITY))) return undefined;
    return [{ name: CAPABILITY, value: withoutOwner(native.getxattr(fd, CAPABILITY)) }];
  } catch (error) {
    // A file system that has no such thing, or somebody has just taken it away.
    if (isSyscallError(error, EOPNOTSUPP, ENODATA)) return undefined;
    throw error;
  }
}

/**
 * Since Linux 4.14 the value may say for which user namespace it counts, by the host's number of its root
 * (VFS_CAP_REVISION_3, linux/capability.h). That number means nobody elsewhere: sent is what it says of the program.
 */
function withoutOwner(value: Buffer): Buffer {
  const [highest, older] = [3, 2]; // the last byte of a little-endian number
  if (value[highest] !== 3) return value;
  const sent = Buffer.from(value.subarray(0, 20));
  sent[highest] = older;
  return sent;
}
