/** An archive from the engine to a file or a pipe, never to a terminal. A file that is there is whole. */
import { createWriteStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandFailure } from './failure.ts';
import { isTerminal } from '../terminal.ts';

export async function writeOut(file: string, verb: string, ask: () => Promise<Readable>): Promise<void> {
  if (file === '') {
    if (isTerminal(1)) throw new CommandFailure('cowardly refusing to save to a terminal. Use the -o flag or redirect');
    return pipeline(await ask(), process.stdout);
  }
  const folder = dirname(file);
  if (!existsSync(folder))
    throw new CommandFailure(
      `failed to ${verb} ${verb === 'save' ? 'image' : 'container'}: invalid output path: stat ${folder}: no such file or directory`,
    );
  const beside = `${file}.${process.pid}.part`;
  const stream = await ask();
  try {
    // What comes while a write is under way goes with the next one.
    await pipeline(stream, createWriteStream(beside, { flags: 'wx', mode: 0o600, highWaterMark: 1024 * 1024 }));
    await rename(beside, file);
  } finally {
    await rm(beside, { force: true });
  }
}
