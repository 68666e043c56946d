/**
 * What a learner has changed beside the slots of a file.
 *
 * A check takes the slots out of the file, with whatever they call in it, and nothing else: the runtime stays ours. Who
 * has written into the function next to it has worked for nothing, and every check would fail for another reason.
 */
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { symbolOf, type Lesson } from './lesson.ts';
import { hollow, redirected } from './source.ts';
import { readWork, starterPath, type Workspace } from './workspace.ts';

/** A sentence for each file that is changed outside its slots; comments, imports and white space do not count. */
export async function besideText(work: Workspace, lesson: Lesson): Promise<string[]> {
  const lines: string[] = [];
  for (const file of new Set(lesson.slots.map((slot) => slot.file))) {
    const symbols = lesson.slots.filter((slot) => slot.file === file).map(symbolOf);
    const [mine, begun] = [join(lesson.name, file), starterPath(lesson, file)].map((path) => readWork(work, path));
    if (mine === undefined || begun === undefined) continue;
    const [now, then] = [await surroundings(file, mine, symbols), await surroundings(file, begun, symbols)];
    if (now !== undefined && now !== then)
      lines.push(
        `${join(lesson.name, file)} is changed outside of ${symbols.join(' and ')}: that counts as far as ` +
          `${symbols.length > 1 ? 'these use' : 'this uses'} it, and no further`,
      );
  }
  return lines;
}

/** The file without the parameters and bodies of its slots; undefined when they cannot be found, which the check says itself. */
async function surroundings(file: string, text: string, symbols: readonly string[]): Promise<string | undefined> {
  try {
    const rest = file.endsWith('.c')
      ? await hollow(
          file,
          text,
          symbols.map((symbol) => ({ symbol, todo: [], body: [] })),
        )
      : await redirected(file, text, new Map(symbols.map((symbol) => [symbol, ''])));
    return rest.replace(/\/\*[\s\S]*?\*\/|\/\/.*|^import [\s\S]*?;$|^#include .*/gm, '').replace(/\s+/g, '');
  } catch (error) {
    if (error instanceof DrydockError && error.code === 'SLOT_INVALID') return undefined;
    throw error;
  }
}
