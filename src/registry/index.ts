/** What is asked of a registry. registry.ts has the words and the picture. */
export { parseReference } from './reference.ts';
export { openRepository } from './repository.ts';
export { download, upload } from './transfer.ts';
