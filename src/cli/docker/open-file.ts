/** Files of ours that go to the engine: what is wrong with one is told before anything is sent. */
import { once } from 'node:events';
import { createReadStream, statSync, type ReadStream } from 'node:fs';
import { DrydockError } from '../../errors.ts';
import { CommandFailure } from './failure.ts';

/** An archive has gigabytes, and each piece costs a turn of the event loop here and one more in the engine. */
const PIECE = 512 * 1024;

/** A file to be read from its beginning to its end. Throws CommandFailure, with Docker's words, and BAD_USAGE. */
export async function openFile(path: string): Promise<ReadStream> {
  const stream = createReadStream(path, { highWaterMark: PIECE });
  try {
    await once(stream, 'open');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailure(`open ${path}: ${reasons[code ?? ''] ?? code}`, 1, error);
  }
  if (!statSync(path).isDirectory()) return stream;
  stream.destroy();
  throw new DrydockError('BAD_USAGE', `read ${path}: is a directory`, {
    hint: `tar -C ${path} -c . | drydock import - NAME makes an image of what is in it`,
  });
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
};
