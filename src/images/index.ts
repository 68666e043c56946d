/** What is asked of images by whoever wants all of it in one piece. images.ts has the words and the picture. */
export { findImage } from './find.ts';
export { loadImages } from './load.ts';
export { imageSpec } from './spec.ts';
export { openStore } from './store.ts';
