/** What a stage begins with: nothing, an earlier stage, or an image that is here or is fetched. */
import { DrydockError } from '../errors.ts';
import { findImage } from '../images/find.ts';
import { hostPlatform, parsePlatform } from '../images/platform.ts';
import type { Build, State } from './builder.ts';

/** `FROM scratch`. */
export const scratch = (platform: string | undefined): State => ({
  config: {
    ...(platform ? parsePlatform(platform) : hostPlatform()),
    config: {},
    rootfs: { type: 'layers', diff_ids: [] },
    history: [],
  },
  layers: [],
});

/** An image by its name or id. Fetches what is not here, or always with --pull. */
export async function stateNamed(
  { store, executor, request, signal }: Build,
  name: string,
  platform?: string,
): Promise<State> {
  if (request.pull) await executor.pull(name, platform, signal);
  try {
    return await findImage(store, name);
  } catch (error) {
    if (!(error instanceof DrydockError) || error.code !== 'IMAGE_MISSING' || request.pull) throw error;
    await executor.pull(name, platform, signal);
    return findImage(store, name);
  }
}
