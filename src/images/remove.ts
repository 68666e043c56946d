/**
 * `rmi`: takes names away, and with the last one the image.
 *
 * By a name: that name goes; as long as others are left the image stays. By an id: all names go, unless they are of
 * several repositories, which is rarely what was meant. An image that another one was made of stays whatever is said, one
 * that a container stands on only goes by force, and even then the container keeps its files.
 *
 * The conflicts are Docker's to the letter (daemon/images/image_delete.go): scripts read them.
 */
import { hexOf, type Digest } from '../content/digest.ts';
import { DrydockError } from '../errors.ts';
import { parseReference, printReference, withDefaultTag } from '../registry/reference.ts';
import { collectGarbage } from './collect.ts';
import type { Data } from './db.ts';
import { findId, findIdIfThere, readImage } from './find.ts';
import type { Store } from './images.ts';
import { repositoryOf, shown } from './names.ts';

export type Removed = { readonly Untagged: string } | { readonly Deleted: string };

export interface RemoveOptions {
  readonly force?: boolean;
  /** Keep the images without a name that this one was made of. */
  readonly noPrune?: boolean;
  /** The containers that are on record; default: those whose layers are here. */
  readonly users?: readonly ImageUser[];
}

/** A container that was made of an image. */
export interface ImageUser {
  readonly id: string;
  readonly image: Digest;
  readonly runs: boolean;
}

/** Throws IMAGE_MISSING or IMAGE_IN_USE. */
export async function removeImage(store: Store, text: string, options: RemoveOptions = {}): Promise<Removed[]> {
  const removed = await store.db.change(async (data) => {
    const id = findId(data, text);
    const names = new Names(data, id);
    const gone = isName(data, text) ? names.of(text) : names.all(options, text);
    const isLast = names.isEmptyWithout(gone);
    if (isLast) await refuseIfUsed(store, data, { id, text, ...options });
    const untagged = names.remove(gone);
    return isLast ? [...untagged, ...deleteImage(data, id, options)] : untagged;
  });
  if (!removed.some((one) => 'Deleted' in one)) return removed;
  const { snapshots } = await collectGarbage(store);
  return [...removed, ...snapshots.map((Deleted) => ({ Deleted }))];
}

/** Takes it out of the data, and what it was made of if nobody would miss that. */
export function deleteImage(data: Data, id: Digest, { noPrune = false }: RemoveOptions = {}): Removed[] {
  const parent = data.images[id]?.parent;
  delete data.images[id];
  const isNamed = parent && [...Object.values(data.tags), ...Object.values(data.digests)].includes(parent);
  const isParent = Object.values(data.images).some((image) => image.parent === parent);
  const further = parent && data.images[parent] && !isNamed && !isParent && !noPrune ? deleteImage(data, parent) : [];
  return [{ Deleted: id }, ...further];
}

/** The names of one image, and which of them go. */
class Names {
  private readonly tags: string[];
  private readonly digests: string[];

  constructor(
    private readonly data: Data,
    id: Digest,
  ) {
    const mine = (names: Record<string, Digest>): string[] => Object.keys(names).filter((name) => names[name] === id);
    [this.tags, this.digests] = [mine(data.tags), mine(data.digests)];
  }

  /** One name, and the digests of its repository when it was the last tag there. */
  of(text: string): string[] {
    const wanted = wholeName(text);
    const repository = repositoryOf(text);
    const isHere = (name: string): boolean => repositoryOf(name) === repository && name !== wanted;
    return this.tags.some(isHere) ? [wanted] : [wanted, ...this.digests.filter(isHere)];
  }

  /** All of them. */
  all({ force = false }: RemoveOptions, text: string): string[] {
    const repositories = new Set([...this.tags, ...this.digests].map(repositoryOf));
    if (repositories.size > 1 && !force)
      throw new DrydockError(
        'IMAGE_IN_USE',
        `conflict: unable to delete ${text} (must be forced) - image is referenced in multiple repositories`,
        { hint: `remove its names one by one (${this.tags.map(shown).join(', ')}), or all of them with --force` },
      );
    return [...this.tags, ...this.digests];
  }

  isEmptyWithout(gone: readonly string[]): boolean {
    return [...this.tags, ...this.digests].every((name) => gone.includes(name));
  }

  remove(gone: readonly string[]): Removed[] {
    for (const name of gone) {
      delete this.data.tags[name];
      delete this.data.digests[name];
    }
    return gone.map((name) => ({ Untagged: shown(name) }));
  }
}

/** As the database has it: a digest has no tag beside it. */
function wholeName(text: string): string {
  const reference = withDefaultTag(parseReference(text));
  return printReference(reference.digest ? { ...reference, tag: undefined } : reference);
}

function isName(data: Data, text: string): boolean {
  try {
    return findIdIfThere(data, withDefaultTag(parseReference(text))) !== undefined;
  } catch (error) {
    if (error instanceof DrydockError && error.code === 'REFERENCE_INVALID') return false;
    throw error;
  }
}

async function refuseIfUsed(
  store: Store,
  data: Data,
  { id, text, force = false, users }: RemoveOptions & { id: Digest; text: string },
): Promise<void> {
  const short = hexOf(id).slice(0, 12);
  if (Object.values(data.images).some(({ parent }) => parent === id))
    throw inUse(
      `unable to delete ${short} (cannot be forced) - image has dependent child images`,
      'remove those first: `drydock images --all` shows them',
    );
  const running = users?.find(({ image, runs }) => image === id && runs);
  if (running && (force || !isName(data, text)))
    throw inUse(
      `unable to delete ${short} (cannot be forced) - image is being used by running container ${running.id.slice(0, 12)}`,
      'end the container first',
    );
  const container = users ? users.find(({ image }) => image === id)?.id : await containerOf(store, data, id);
  if (container === undefined || force) return;
  const using = `container ${container.slice(0, 12)} is using its referenced image ${short}`;
  throw isName(data, text)
    ? inUse(
        `unable to remove repository reference "${text}" (must force) - ${using}`,
        'end and remove the container first',
      )
    : inUse(
        `unable to delete ${short} (must be forced) - image is being used by stopped container ${container.slice(0, 12)}`,
        'remove the container first',
      );
}

function inUse(why: string, hint: string): DrydockError {
  return new DrydockError('IMAGE_IN_USE', `conflict: ${why}`, { hint });
}

/** The layer of a container's that lies on its image (init-layer.ts). */
const INIT = /-init(-new)?$/;

/** The containers, by the chain ID of the image's top layer that each stands on. */
export async function topsOfContainers({ snapshots }: Pick<Store, 'snapshots'>): Promise<Map<string, string>> {
  const standing = (await snapshots.walk()).filter(({ name, parent }) => parent !== undefined && INIT.test(name));
  return new Map(standing.map(({ name, parent }) => [parent!, name.replace(INIT, '')]));
}

async function containerOf(store: Store, data: Data, id: Digest): Promise<string | undefined> {
  const top = (await readImage(store, id, data)).layers.at(-1)?.chainId;
  return top && (await topsOfContainers(store)).get(top);
}
