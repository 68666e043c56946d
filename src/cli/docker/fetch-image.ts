/** Fetching an image, for `pull`, and for `run` and `create` when it is not here. */
import type { Client } from '../../client/client.ts';
import { Refusal } from '../../client/failure.ts';
import { familiarRepository, withDefaultTag } from '../../registry/reference.ts';
import { HintedFailure } from './failure.ts';
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
  try {
    const stream = await client.stream('POST', '/images/create', { query, headers });
    await showProgress(stream, { screen, quiet });
  } catch (error) {
    // It has the names that are here, and so it is half of the answer.
    throw error instanceof Refusal ? new HintedFailure(error.message, error.hint) : error;
  }
}
