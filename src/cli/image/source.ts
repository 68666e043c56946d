/** Where an archive comes from that somebody has named: a file, standard input, or an address. */
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { DrydockError } from '../../errors.ts';
import { told } from '../../linux/calls.ts';

/** Opened now, so that what is wrong with it is said before anything else is done. Throws SYSCALL or BAD_USAGE. */
export async function fromFile(path: string): Promise<Readable> {
  const file = await told(() => open(path), path);
  if (!(await file.stat()).isDirectory()) return file.createReadStream();
  await file.close();
  throw new DrydockError('BAD_USAGE', `${path} is a folder, and no archive`, {
    hint: `tar -C ${path} -c . | drydock import - NAME makes an image of what is in it`,
  });
}

/** What an address answers. Throws REGISTRY, from the first piece on. */
export async function* fromAddress(address: string): AsyncGenerator<Uint8Array> {
  const failed = (why: string, cause?: unknown): DrydockError =>
    new DrydockError('REGISTRY', `GET ${address}: ${why}`, { hint: 'the address has to lead to an archive', cause });
  try {
    const answer = await fetch(address);
    if (!answer.ok || !answer.body) throw failed(`${answer.status} ${answer.statusText}`);
    yield* answer.body;
  } catch (error) {
    if (error instanceof DrydockError) throw error;
    // fetch says only that it failed; its cause says why.
    const { message, cause } = error as Error;
    throw failed(cause instanceof Error ? cause.message : message, error);
  }
}
