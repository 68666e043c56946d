/** Files of ours that go to the engine: a missing one is told before anything is sent. */
import { once } from 'node:events';
import type { ReadStream } from 'node:fs';
import { CommandFailure } from './failure.ts';

export async function opened(stream: ReadStream, path: string): Promise<ReadStream> {
  try {
    await once(stream, 'open');
    return stream;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailure(`open ${path}: ${reasons[code ?? ''] ?? code}`, 1, error);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
};
