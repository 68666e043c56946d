/**
 * The search: a dialog with one field and a list of links. `/` opens it, arrows move through the hits, Escape closes it.
 *
 * The index is a script beside the page, loaded when the search is first opened: half a megabyte that most pages do
 * not need.
 */
import { nearest } from '../../nearest.ts';
import { marked, search, vocabulary, wordsOf, type Hit, type IndexedPage } from '../search.ts';

declare global {
  var drydockIndex: readonly IndexedPage[] | undefined;
}

export function searchBox(button: HTMLButtonElement | null, dialog: HTMLDialogElement | null): void {
  if (!button || !dialog) return;
  const field = dialog.querySelector('input')!;
  const status = dialog.querySelector('[role="status"]')!;
  const list = dialog.querySelector('ol')!;

  const look = (): void => {
    const index = globalThis.drydockIndex;
    if (!index) return;
    const question = field.value.trim();
    const hits = search(index, question);
    list.replaceChildren(...hits.map((hit) => item(hit, question)));
    status.textContent = question === '' ? '' : said(hits.length, question, index);
  };
  const open = (): void => {
    if (!dialog.open) dialog.showModal();
    field.select();
    if (!globalThis.drydockIndex) load(look, () => (status.textContent = 'search-index.js is not beside this page'));
  };

  button.addEventListener('click', open);
  field.addEventListener('input', look);
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    event.preventDefault();
    open();
  });
  dialog.addEventListener('keydown', (event) => {
    const links = [...list.querySelectorAll('a')];
    const at = links.indexOf(document.activeElement as HTMLAnchorElement);
    if (event.key === 'Enter' && event.target === field) return void links[0]?.click();
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    const to = event.key === 'ArrowDown' ? at + 1 : at - 1;
    (to < 0 ? field : (links[to] ?? links.at(-1)))?.focus();
  });
  list.addEventListener('click', () => dialog.close()); // a hit may be on this very page
  button.hidden = false;
}

function load(done: () => void, failed: () => void): void {
  const script = document.createElement('script');
  script.src = 'search-index.js';
  script.addEventListener('load', done);
  script.addEventListener('error', failed);
  document.head.append(script);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input:not([type="range"]), textarea, dialog') !== null;
}

function said(count: number, question: string, index: readonly IndexedPage[]): string {
  if (count > 0) return count === 1 ? '1 place' : `${count} places`;
  const words = vocabulary(index);
  const better = wordsOf(question).map((word) => (words.includes(word) ? word : (nearest(word, words) ?? word)));
  const guess = better.join(' ');
  return guess === question.toLowerCase() ? 'nothing found' : `nothing found; did you mean “${guess}”?`;
}

function item({ href, title, heading, excerpt }: Hit, question: string): HTMLLIElement {
  const link = document.createElement('a');
  link.href = href;
  link.textContent = heading ? `${title}: ${heading}` : title;
  const words = document.createElement('p');
  words.append(
    ...marked(excerpt, question).map((part, i) => {
      if (i % 2 === 0) return part;
      const mark = document.createElement('mark');
      mark.textContent = part;
      return mark;
    }),
  );
  const li = document.createElement('li');
  li.append(link, words);
  return li;
}
