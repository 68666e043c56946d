/** What the tests of the book share. */
import { join } from 'node:path';
import { listBook, readEntry, type Entry } from '../../../src/book/library.ts';
import type { Block, Inline } from '../../../src/book/document.ts';
import { quote } from '../../../src/learn/source.ts';

export const home = join(__dirname, '../../..');

export async function wholeBook(): Promise<{ entry: Entry; document: Block[] }[]> {
  return Promise.all(listBook(home).map(async (entry) => ({ entry, document: await readEntry(entry, quote) })));
}

/** Every block of a document, also those inside others. */
export function everyBlock(document: readonly Block[]): Block[] {
  return document.flatMap((block) => {
    if (block.type === 'list') return [block, ...block.items.flatMap(everyBlock)];
    return 'children' in block && (block.type === 'box' || block.type === 'details')
      ? [block, ...everyBlock(block.children)]
      : [block];
  });
}

/** Where the links of a document lead. */
export function linksIn(document: readonly Block[]): string[] {
  const inInline = (inline: readonly Inline[]): string[] =>
    inline.flatMap((part) => [
      ...(part.type === 'link' ? [part.href] : []),
      ...('children' in part ? inInline(part.children) : []),
    ]);
  return everyBlock(document).flatMap((block) => {
    switch (block.type) {
      case 'heading':
      case 'paragraph':
        return inInline(block.children);
      case 'picture':
        return inInline(block.caption);
      case 'details':
        return inInline(block.summary);
      case 'table':
        return [block.header, ...block.rows].flat().flatMap(inInline);
      default:
        return [];
    }
  });
}
