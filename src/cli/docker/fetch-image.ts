/** Fetching an image, for `pull`, and for `run` and `create` when it is not here. */
import type { Client } from '../../client/client.ts';
import { familiarRepository, withDefaultTag } from '../../registry/reference.ts';
import { referenceOf } from './image-name.ts';
import { registryAuth } from './registry-auth.ts';
import { showProgress } from './show-progress.ts';

interface Wishes {
  readonly platform?: string;
  readonly quiet?: boolean;
  readonly allTags?: boolean;
  readonly screen?: NodeJS.WriteStream;
}

export async function fetchFromRegistry(
  client: Client,
  name: string,
  { platform, quiet, allTags, screen }: Wishes,
): Promise<void> {
  const asked = referenceOf(name);
  const reference = allTags ? asked : withDefaultTag(asked);
  const query = { fromImage: familiarRepository(reference), tag: reference.digest ?? reference.tag, platform };
  const headers = await registryAuth(reference.domain);
  const stream = await client.stream('POST', '/images/create', { query, headers });
  await showProgress(stream, { screen, quiet });
}
