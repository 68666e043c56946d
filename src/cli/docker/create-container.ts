/** Making a container, for `create` and `run`: an image that is not here is fetched, and then it is tried again. */
import { existsSync, writeFileSync } from 'node:fs';
import type { Client } from '../../client/client.ts';
import { isMissing } from '../../client/failure.ts';
import type { Created } from '../../client/types.ts';
import type { ContainerValues } from './container-flags.ts';
import type { CreateRequest } from './container-request.ts';
import { CommandFailure } from './failure.ts';
import { warn } from './print.ts';

/** The new container's id. Warnings go to standard error. */
export async function createContainer(client: Client, request: CreateRequest, flags: ContainerValues): Promise<string> {
  const { cidfile, pull } = flags;
  if (!['always', 'missing', 'never'].includes(pull))
    throw new CommandFailure(`invalid pull option: '${pull}': must be one of "always", "missing" or "never"`, 125);
  if (cidfile && existsSync(cidfile))
    throw new CommandFailure(
      `container ID file found, make sure the other container isn't running or delete ${cidfile}`,
      125,
    );
  warnOfLocalNames(flags.dns);
  if (pull === 'always') await fetchImage(client, request.Image, flags);
  const { Id, Warnings } = await created(client, request, flags);
  for (const warning of Warnings ?? []) warn(`WARNING: ${warning}\n`);
  if (cidfile) writeFileSync(cidfile, Id);
  return Id;
}

async function created(client: Client, request: CreateRequest, flags: ContainerValues): Promise<Created> {
  const create = (): Promise<Created> => {
    const query = { name: flags.name, platform: flags.platform };
    return client.json<Created>('POST', '/containers/create', { query, body: request });
  };
  try {
    return await create();
  } catch (error) {
    // Also a network or a volume can be missing; Docker tells by the sentence. The image of another platform is none.
    const isImage =
      isMissing(error) && /No such image|does not match the specified platform/.test((error as Error).message);
    if (!isImage || flags.pull !== 'missing') throw error;
    const { familiarWithTag } = await import('./image-name.ts');
    if (!flags.quiet) warn(`Unable to find image '${familiarWithTag(request.Image)}' locally\n`);
    await fetchImage(client, request.Image, flags);
    return create();
  }
}

async function fetchImage(client: Client, name: string, { platform, quiet }: ContainerValues): Promise<void> {
  const { fetchFromRegistry } = await import('./fetch-image.ts');
  // What is about the image goes beside the program's output, not into it.
  await fetchFromRegistry(client, name, { platform, quiet, screen: process.stderr });
}

/** The host's loopback is not the container's. */
function warnOfLocalNames(servers: readonly string[]): void {
  const local = servers.find((server) => /^127\./.test(server));
  if (local) warn(`WARNING: Localhost DNS setting (--dns=${local}) may fail in containers.\n`);
}
