/**
 * How many columns a text takes: yargs asks for it to lay out `--help`.
 *
 * The package string-width knows every script and emoji, and compiles its tables at start-up, which takes longer than
 * starting Node. Help texts are Latin, so counting characters without colour codes is exact. scripts/bundle.mjs puts
 * this in its place.
 */
import { stripVTControlCharacters } from 'node:util';

// eslint-disable-next-line no-restricted-exports -- it stands in for a package that has a default export
export default function stringWidth(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
