/**
 * The third word of `-v SOURCE:PLACE:MODE`: what may be said there, once each.
 *
 *     ro rw                          whether the container may write
 *     shared slave private r…        which mounts below it the two sides see of each other (mount_namespaces(7))
 *     nocopy                         a volume stays empty where the image has files
 *     z Z                            SELinux labels; nothing to do where there is no SELinux
 *     consistent cached delegated    of Docker on other systems; nothing to do
 */

const kinds: readonly (readonly string[])[] = [
  ['rw', 'ro'],
  ['z', 'Z'],
  ['private', 'rprivate', 'slave', 'rslave', 'shared', 'rshared'],
  ['nocopy'],
  ['consistent', 'cached', 'delegated', 'default'],
];

const propagations = kinds[2]!;

export interface Mode {
  readonly isWritable: boolean;
  readonly propagation?: string;
  readonly noCopy: boolean;
}

export const isPropagation = (word: string): boolean => propagations.includes(word);

/** Undefined: a word that nobody knows, or two of one kind. */
export function parseMode(text: string): Mode | undefined {
  const words = text === '' ? [] : text.split(',');
  const spoken = words.map((word) => kinds.findIndex((kind) => kind.includes(word)));
  if (spoken.includes(-1) || new Set(spoken).size < spoken.length) return undefined;
  return {
    isWritable: !words.includes('ro'),
    propagation: words.find(isPropagation),
    noCopy: words.includes('nocopy'),
  };
}
