/**
 * The first page: the ship, the nineteen lessons in the three parts of the course, and what there is to look up.
 */
import { renderCutaway, escape } from '../book/html.ts';
import type { Entry, Shelf } from '../book/library.ts';
import { lessons, partTitle, partTitles, type Entry as Lesson } from '../learn/lessons.ts';

/** What stands above a chapter's title. */
export function kickerOf(lesson: string): string | undefined {
  const found = lessons.find(({ name }) => name === lesson);
  return found && `${partTitle(found.part)} · lesson ${found.number}, ${found.name} · about ${found.minutes} minutes`;
}

/** The body of the contents. */
export function renderContents(book: readonly Entry[]): string {
  const chapterOf = (lesson: string): Entry =>
    book.find((entry) => entry.shelf === 'chapter' && entry.name === lesson)!;
  const parts = partTitles.map((_, i) => {
    const items = lessons
      .filter(({ part }) => part === i + 1)
      .map((lesson) => renderLesson(lesson, chapterOf(lesson.name)));
    return `<h3 id="part-${i + 1}">${escape(partTitle(i + 1))}</h3>\n<ol class="lessons">${items.join('\n')}</ol>`;
  });
  return [
    '<h1>How a container engine works</h1>',
    '<p>Drydock is a container engine that you can read. A container is a process plus isolators: each takes away one thing that the process could see or do. The book takes them one by one, and builds one ship.</p>',
    renderCutaway(lessons.length, { svg: () => '', chapter: (name) => chapterOf(name).page }),
    '<h2 id="contents">Contents</h2>',
    ...parts,
    '<h2 id="look-up">To look things up</h2>',
    renderShelf(book, 'appendix'),
    '<h2 id="decisions">Decisions</h2>',
    '<p>Choices that surprise a newcomer, and their reasons.</p>',
    renderShelf(book, 'decision'),
  ].join('\n');
}

function renderLesson({ number, name, minutes, adds }: Lesson, chapter: Entry): string {
  const title = `<a href="${escape(chapter.page)}">${escape(chapter.title)}</a>`;
  const about = `${name} · ${adds} · ${minutes} min`;
  return `<li value="${number}"><span class="title">${title}</span> <span class="about">${escape(about)}</span></li>`;
}

function renderShelf(book: readonly Entry[], shelf: Shelf): string {
  const items = book
    .filter((entry) => entry.shelf === shelf)
    .map(({ page, title }) => `<li><a href="${escape(page)}">${escape(title)}</a></li>`);
  return `<ul class="shelf">${items.join('\n')}</ul>`;
}
