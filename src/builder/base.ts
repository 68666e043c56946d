/** What a stage begins with: nothing, an earlier stage, or an image that is here or is fetched. */
import { DrydockError } from '../errors.ts';
import { findImage } from '../images/find.ts';
import type { Platform } from '../content/descriptor.ts';
import type { Image, Store } from '../images/images.ts';
import { withNearImage } from '../images/near.ts';
import { demandPlatform, hostPlatform, parsePlatform, platformText, runsOn } from '../images/platform.ts';
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

/**
 * An image by its name or id. Fetches what is not here, what is here for another platform than was asked for, or always with
 * --pull. Docker 20.10 takes what is here for whatever platform without a word; later ones fetch it as this does
 * (moby, daemon/images/image_builder.go, GetImageAndReleasableLayer).
 */
export async function stateNamed(
  { store, executor, request, signal }: Build,
  name: string,
  platform?: string,
): Promise<State> {
  const wanted = platform ? parsePlatform(platform) : undefined;
  const here = request.pull ? undefined : await imageHere(store, name);
  if (here && (!wanted || runsOn(here.config, wanted))) return here;
  try {
    await executor.pull(name, platform, signal);
    const fetched = await findImage(store, name);
    // The built-in image is never fetched, and a registry may have put another one behind the name.
    if (wanted) demandPlatform(fetched.config, wanted, name);
    return fetched;
  } catch (error) {
    if (signal.aborted) throw error;
    throw here && wanted ? otherPlatform(error, here, wanted, name) : withNearImage(error, store.db.read(), name);
  }
}

async function imageHere(store: Store, name: string): Promise<Image | undefined> {
  try {
    return await findImage(store, name);
  } catch (error) {
    if (error instanceof DrydockError && error.code === 'IMAGE_MISSING') return undefined;
    throw error;
  }
}

/** What is here is for another machine, and what was asked for could not be fetched. */
function otherPlatform(cause: unknown, here: Image, wanted: Platform, name: string): DrydockError {
  const [has, asked] = [platformText(here.config), platformText(wanted)];
  const why = (cause as Error).message;
  const message = `${name} is here for ${has} and not for ${asked}, for which it cannot be fetched: ${why}`;
  return new DrydockError('PLATFORM_MISSING', message, {
    hint: `--platform=${has}, or none, takes the one that is here`,
    cause,
  });
}
