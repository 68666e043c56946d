/**
 * How long a chapter is, in words that a reader has to read: a chapter keeps below 2,500 (a test counts).
 *
 * The quoted source does not count: it is one click away in any case, and grows without the chapter's doing.
 */
import { plain, type Block } from './document.ts';

/** Words of a chapter as they are counted for its limit: prose, tables and answers; no code, no quotes, no links' ends. */
export function countWords(document: readonly Block[]): number {
  const count = (text: string): number => text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
  return document.reduce((sum, block): number => {
    switch (block.type) {
      case 'heading':
      case 'paragraph':
        return sum + count(plain(block.children));
      case 'picture':
        return sum + count(plain(block.caption));
      case 'console':
        return sum + count(block.lines.map((line) => line.text).join(' '));
      case 'code':
        return sum + count(block.text);
      case 'list':
        return sum + block.items.reduce((all, item) => all + countWords(item), 0);
      case 'table':
        return sum + [block.header, ...block.rows].flat().reduce((all, cell) => all + count(plain(cell)), 0);
      case 'box':
        return sum + countWords(block.children);
      case 'details':
        return sum + count(plain(block.summary)) + countWords(block.children);
      default:
        return sum;
    }
  }, 0);
}
