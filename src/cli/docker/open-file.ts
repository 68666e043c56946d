/** Files of ours that go to the engine: what is wrong with one is told before anything is sent. */
import { once } from 'node:events';
import { statSync, type ReadStream } from 'node:fs';
import { DrydockError } from '../../errors.ts';
import { CommandFailure } from './failure.ts';

export async function opened(stream: ReadStream, path: string): Promise<ReadStream> {
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
