/** A regular file of this machine, as an entry of an archive that is sent. */
import { closeSync, constants, createReadStream, openSync, readFileSync, type PathLike } from 'node:fs';
import { sentAttributes } from '../../layers/attributes.ts';
import type { WrittenEntry } from '../../layers/tar/write.ts';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** From here on a file is read in pieces. */
const LARGE = 1 << 20;

/** What it has by its path, opened once: whatever the path leads to a moment later. Not through a link, and never waiting. */
export function sentFile(path: PathLike, size: number): Pick<WrittenEntry, 'type' | 'size' | 'data' | 'xattrs'> {
  const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  let isRead = true;
  try {
    const xattrs = sentAttributes(fd);
    isRead = size <= LARGE;
    // A stream closes it.
    const data = isRead ? readFileSync(fd) : createReadStream('', { fd });
    return { type: 'file', size, data, ...(xattrs && { xattrs }) };
  } finally {
    if (isRead) closeSync(fd);
  }
}
