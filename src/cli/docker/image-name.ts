/** Names of images in requests and on the screen. The grammar is the registry client's (src/registry/reference.ts). */
import type { DrydockError } from '../../errors.ts';
import { familiar, parseReference, withDefaultTag, type Reference } from '../../registry/reference.ts';
import { CommandFailure } from './failure.ts';

/** Throws what is wrong with a name, as Docker says it. */
export function referenceOf(text: string): Reference {
  try {
    return parseReference(text);
  } catch (error) {
    throw new CommandFailure((error as Error).message.replace(/^'[^']*': /, ''), 1, error);
  }
}

/** For an option: what is no name is refused in Docker's words, with the reason behind them. */
export function imageName(text: string): void {
  try {
    parseReference(text);
  } catch (error) {
    const { message, hint } = error as DrydockError;
    throw new Error(message.replace(/^'[^']*': /, '') + (hint === undefined ? '' : `; ${hint}`), { cause: error });
  }
}

/** `busybox` is `busybox:latest`; what is no name stays as it is. */
export function familiarWithTag(text: string): string {
  try {
    return familiar(withDefaultTag(parseReference(text)));
  } catch {
    return text; // an id, or nothing: whoever is asked for it says what is wrong
  }
}

/** `--tag`, commit and import: the repository and the tag of a name. */
export function nameParts(text: string | undefined): { repo?: string; tag?: string } {
  if (!text) return {};
  const reference = withDefaultTag(referenceOf(text));
  if (reference.digest) throw new CommandFailure('cannot commit to digest reference');
  return { repo: `${reference.domain}/${reference.path}`, tag: reference.tag };
}
