/**
 * What can be searched: the words of each section of each page, without their styles.
 */
import { plain, type Block } from '../book/document.ts';
import type { Entry } from '../book/library.ts';
import type { IndexedPage } from './search.ts';

/** The part of the index that one page has. */
export function indexOf({ page, title, shelf }: Entry, document: readonly Block[]): IndexedPage {
  const sections: { id: string; heading: string; text: string }[] = [{ id: '', heading: '', text: '' }];
  for (const block of document)
    if (block.type === 'heading' && block.depth > 1)
      sections.push({ id: block.id, heading: plain(block.children), text: '' });
    else if (block.type !== 'heading')
      sections.at(-1)!.text = `${sections.at(-1)!.text} ${wordsOf(block)}`.replace(/\s+/g, ' ').trim();
  return { page, title, shelf, sections };
}

function wordsOf(block: Block): string {
  switch (block.type) {
    case 'heading':
    case 'paragraph':
      return plain(block.children);
    case 'code':
      return block.text;
    case 'console':
      return block.lines.map(({ text }) => text.replace(/[‹›]/g, '')).join(' ');
    case 'quote':
      return block.citation.text;
    case 'picture':
      return plain(block.caption);
    case 'list':
      return block.items.map((item) => item.map(wordsOf).join(' ')).join(' ');
    case 'table':
      return [block.header, ...block.rows].flat().map(plain).join(' ');
    case 'box':
      return block.children.map(wordsOf).join(' ');
    case 'details':
      return `${plain(block.summary)} ${block.children.map(wordsOf).join(' ')}`;
    default:
      return '';
  }
}
