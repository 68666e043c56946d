/**
 * Layers: the archives that an image is made of, and the trees that they become.
 *
 *     readTar      an archive, entry by entry                    tar/
 *     writeTar     entries, as an archive
 *     gathered     the same bytes in large pieces                gathered.ts
 *     decompressed whatever compression it came in               compression.ts
 *     decompressedAny  the same of what a person hands over: xz and bzip2, too    by-program.ts
 *     unpack       an archive of any origin into a folder        unpack.ts: a worker, natively, never out of the folder
 *     pack         what differs between two trees, as an archive pack.ts: the same trees give the same bytes
 *     packSubtree  one object of a tree, with what is in it      subtree.ts
 *
 * An archive is not trusted (docs of src/linux/rooted.ts): its names, links, sizes and numbers are somebody's choice.
 */
export { decompressedAny } from './by-program.ts';
export { gathered } from './gathered.ts';
export { compressionOf, decompressed, gzipped, nameOfCompression, type Compression } from './compression.ts';
export { defaultLimits } from './limits.ts';
export { pack } from './pack.ts';
export { packSubtree } from './subtree.ts';
export { readTar } from './tar/read.ts';
export { writeTar, type WrittenEntry } from './tar/write.ts';
export type * from './types.ts';
export { unpack } from './unpack.ts';
