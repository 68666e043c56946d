/**
 * `rmi`: takes names away, and with the last one the image.
 *
 * By a name: that name goes; as long as others are left the image stays. By an id: all names go, unless they are of
 * several repositories, which is rarely what was meant. An image that another one was made of, or that a container runs on,
 * stays whatever is said: by its last name it loses that, by its id it is refused. One that a container stands on which
 * does not run only goes by force, and even then the container keeps its files.
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
    const isByName = isName(data, text);
    const gone = isByName ? names.of(text) : names.all(options, text);
    if (!names.isEmptyWithout(gone)) return names.remove(gone);
    const users = options.users ?? (await standingOn(store, data, id));
    if (isByName) refuseLastName(text, id, { ...options, users });
    const need = needOf(data, id, { ...options, users });
    if (need && !isByName) throw need;
    return [...names.remove(gone), ...(need ? [] : deleteImage(data, id, { ...options, users }))];
  });
  if (!removed.some((one) => 'Deleted' in one)) return removed;
  const { snapshots } = await collectGarbage(store);
  return [...removed, ...snapshots.map((Deleted) => ({ Deleted }))];
}

/** Takes it out of the data, and what it was made of if that has no name and is not needed for itself. */
export function deleteImage(data: Data, id: Digest, { noPrune = false, users = [] }: RemoveOptions = {}): Removed[] {
  const parent = data.images[id]?.parent;
  delete data.images[id];
  const isThere = parent && data.images[parent] && !noPrune;
  if (!isThere || isNamed(data, parent) || needOf(data, parent, { users })) return [{ Deleted: id }];
  return [{ Deleted: id }, ...deleteImage(data, parent, { users })];
}

const isNamed = ({ tags, digests }: Data, id: Digest): boolean =>
  [...Object.values(tags), ...Object.values(digests)].includes(id);

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

interface Using {
  readonly users: readonly ImageUser[];
  readonly force?: boolean;
}

const short = (id: Digest): string => hexOf(id).slice(0, 12);

/** A container whose image has no name is hard to understand, so that has to be wanted. */
function refuseLastName(text: string, id: Digest, { users, force = false }: Using): void {
  const user = users.find(({ image }) => image === id);
  if (!user || force) return;
  const using = `container ${user.id.slice(0, 12)} is using its referenced image ${short(id)}`;
  throw inUse(
    `unable to remove repository reference "${text}" (must force) - ${using}`,
    'end and remove the container first',
  );
}

/** What the image itself is needed for, and has to stay for. */
function needOf(data: Data, id: Digest, { users, force = false }: Using): DrydockError | undefined {
  if (Object.values(data.images).some(({ parent }) => parent === id))
    return inUse(
      `unable to delete ${short(id)} (cannot be forced) - image has dependent child images`,
      'remove those first: `drydock images --all` shows them',
    );
  const own = users.filter(({ image }) => image === id);
  const running = own.find(({ runs }) => runs);
  if (running)
    return inUse(
      `unable to delete ${short(id)} (cannot be forced) - image is being used by running container ${running.id.slice(0, 12)}`,
      'end the container first',
    );
  if (own.length === 0 || force) return undefined;
  return inUse(
    `unable to delete ${short(id)} (must be forced) - image is being used by stopped container ${own[0]!.id.slice(0, 12)}`,
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

/** Where there is no record of containers: whoever has its layers on this image. */
async function standingOn(store: Store, data: Data, image: Digest): Promise<ImageUser[]> {
  const top = (await readImage(store, image, data)).layers.at(-1)?.chainId;
  const id = top && (await topsOfContainers(store)).get(top);
  return id === undefined ? [] : [{ id, image, runs: false }];
}
