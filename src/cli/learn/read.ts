/**
 * `drydock read [LESSON]`: the book in the terminal, without root and without a network.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { findEntry, linked, listBook, readEntry, twinOf, type Entry } from '../../book/library.ts';
import { renderTerminal } from '../../book/terminal.ts';
import { lessons, partTitle, partTitles } from '../../learn/lessons.ts';
import { quote } from '../../learn/source.ts';
import { projectHome } from '../../linux/native.ts';

interface Options {
  lesson?: string;
  plain?: boolean;
}

export const read: CommandModule<object, Options> = {
  command: 'read [lesson]',
  describe: 'read a chapter of the book',
  builder: (yargs: Argv) =>
    yargs
      .positional('lesson', { type: 'string', describe: 'name of a lesson; without it, what there is to read' })
      .example('$0 read pid', 'the chapter of lesson pid'),
  handler: async (options: ArgumentsCamelCase<Options>) => {
    await show(options.lesson === undefined ? contents() : await page(options.lesson, options), options);
  },
};

/** A page as text, as wide as the terminal and at most 80 columns. */
async function page(name: string, { plain }: Options): Promise<string> {
  const book = listBook(projectHome());
  const entry = findEntry(projectHome(), name);
  return renderTerminal(await readEntry(entry, quote), {
    width: process.stdout.columns || 80, // 0: a terminal that was never told its size
    colour: !plain && coloured(),
    plain,
    twin: (picture) => twinOf(entry, picture),
    target: (href) => targetOf(book, entry, href),
  });
}

/** Web addresses as they are; other pages by the command that opens them; places on the same page not at all. */
function targetOf(book: readonly Entry[], from: Entry, href: string): string | undefined {
  if (/^https?:/.test(href)) return href;
  const to = linked(book, from, href);
  return !to || to.entry.file === from.file ? undefined : `./drydock read ${to.entry.name}`;
}

/** By the parts of the course. */
function contents(): string {
  const book = listBook(projectHome());
  const named = (shelf: Entry['shelf']): Entry[] => book.filter((entry) => entry.shelf === shelf);
  const titles = new Map(named('chapter').map(({ name, title }) => [name, title]));
  const row = ({ number, name }: (typeof lessons)[number]): string =>
    `  ${String(number).padStart(2)} ${name.padEnd(14)} ${titles.get(name)!}`;
  return [
    'The book. Read a page with: ./drydock read NAME',
    ...partTitles.flatMap((_, i) => ['', partTitle(i + 1), ...lessons.filter(({ part }) => part === i + 1).map(row)]),
    '',
    'To look things up',
    ...named('appendix').map(({ name, title }) => `  ${name.padEnd(17)} ${title}`),
    '',
    `Decision notes, for who wants to know why: ${named('decision').length}`,
    ...named('decision').map(({ name }) => `  ${name}`),
    '',
  ].join('\n');
}

function coloured(): boolean {
  return process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}

/** Through the reader's own pager where a person sits before it; `less` shows short pages without waiting (-F). */
async function show(text: string, { plain }: Options): Promise<void> {
  if (!process.stdout.isTTY || plain) return void process.stdout.write(text);
  const own = process.env.PAGER?.trim();
  const command = own || 'less -R';
  const child = spawn('/bin/sh', ['-c', command], {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { LESS: 'FRX', LESSCHARSET: 'utf-8', ...process.env },
  });
  // A reader who has seen enough ends the pager before it has read everything.
  child.stdin.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  child.stdin.end(text);
  const [code] = (await once(child, 'exit')) as [number | null];
  // 126 and 127: the shell's answers for a pager that cannot be run or is not there.
  if (code !== 126 && code !== 127) return;
  if (own) process.stderr.write(`drydock: the pager ${basename(own)} could not be run\n`);
  process.stdout.write(text);
}
