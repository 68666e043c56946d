/** `save`: images as an archive, on standard output or into a file. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { CommandModule } from 'yargs';
import { DrydockError } from '../../errors.ts';
import { saveImages } from '../../images/save.ts';
import { isTerminal } from '../terminal.ts';
import { storeOptions, withStore, type StoreOptions } from './open.ts';

interface Options extends StoreOptions {
  images: string[];
  output?: string;
}

export const verb: CommandModule<object, Options> = {
  command: 'save <images..>',
  describe: 'Writes images into one archive, which Docker and the OCI tools read, too.',
  builder: (yargs) =>
    yargs
      .positional('images', { type: 'string', array: true, demandOption: true, describe: 'names or ids' })
      .option('output', {
        alias: 'o',
        type: 'string',
        requiresArg: true,
        describe: 'a file, in place of standard output',
      })
      .options(storeOptions)
      .example('$0 save -o lab.tar lab', 'into a file'),
  handler: (argv) =>
    withStore('save', argv, async (store) => {
      if (argv.output === undefined && isTerminal(1))
        throw new DrydockError('BAD_USAGE', 'cowardly refusing to save to a terminal', {
          hint: 'use -o FILE, or redirect the output',
        });
      const archive = Readable.from(await saveImages(store, argv.images), { objectMode: false });
      if (argv.output === undefined) await pipeline(archive, process.stdout);
      else await whole(archive, argv.output);
    }),
};

/** A file that is there is whole. */
async function whole(archive: Readable, path: string): Promise<void> {
  const beside = `${path}.${process.pid}.part`;
  try {
    await pipeline(archive, createWriteStream(beside, { flags: 'wx', mode: 0o600 }));
    await rename(beside, path);
  } finally {
    await rm(beside, { force: true });
  }
}
