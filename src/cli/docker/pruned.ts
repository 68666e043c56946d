/** What `prune` has removed, a paragraph for each kind. */
import type { Client, Query } from '../../client/client.ts';
import type { Removed } from '../../client/types.ts';
import { removedText } from './rmi.ts';

interface Pruned {
  readonly SpaceReclaimed?: number;
  readonly ContainersDeleted?: readonly string[] | null;
  readonly ImagesDeleted?: readonly Removed[] | null;
  readonly VolumesDeleted?: readonly string[] | null;
  readonly NetworksDeleted?: readonly string[] | null;
  readonly CachesDeleted?: readonly string[] | null;
}

export type Kind = 'containers' | 'images' | 'volumes' | 'networks' | 'build';

const kinds: Readonly<Record<Kind, { heading: string; of(pruned: Pruned): readonly string[] }>> = {
  containers: { heading: 'Deleted Containers:', of: ({ ContainersDeleted }) => ContainersDeleted ?? [] },
  networks: { heading: 'Deleted Networks:', of: ({ NetworksDeleted }) => NetworksDeleted ?? [] },
  volumes: { heading: 'Deleted Volumes:', of: ({ VolumesDeleted }) => VolumesDeleted ?? [] },
  images: { heading: 'Deleted Images:', of: ({ ImagesDeleted }) => (ImagesDeleted ?? []).map(prunedText) },
  build: { heading: 'Deleted build cache objects:', of: ({ CachesDeleted }) => CachesDeleted ?? [] },
};

const prunedText = (one: Removed): string => removedText(one).replace(/^\w/, (letter) => letter.toLowerCase());

/** Prunes one kind: the paragraph, empty if nothing went, and the bytes that are free now. */
export async function prune(client: Client, kind: Kind, query: Query): Promise<{ text: string; bytes: number }> {
  const pruned = await client.json<Pruned>('POST', `/${kind}/prune`, { query });
  const { heading, of } = kinds[kind];
  const gone = of(pruned);
  return {
    text: gone.length > 0 ? `${[heading, ...gone].join('\n')}\n\n` : '',
    bytes: pruned.SpaceReclaimed ?? 0,
  };
}
