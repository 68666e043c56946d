/**
 * Heredocs: the text of a file, or the input of a command, in the Dockerfile itself.
 *
 *     COPY <<-'END' /etc/motd        `-` takes the tabs off, quotes keep variables as they are
 *     	Welcome to $HOSTNAME
 *     END
 *
 * The word is the shell's, and so are its rules; but here it is found before any shell runs, in RUN, COPY and ADD only, and
 * not in their JSON form. https://docs.docker.com/reference/dockerfile/#here-documents
 */
import type { Heredoc } from './dockerfile.ts';
import type { Line, Lines } from './lines.ts';
import type { Word } from './words.ts';
import { shown, wrong } from './wrong.ts';

/** What a word announces. */
interface Announced {
  readonly name: string;
  readonly chomps: boolean;
  readonly expands: boolean;
}

/** A heredoc, and its rows as they are in the file: the shell is given those, and takes off the tabs itself. */
export interface ReadHeredoc extends Heredoc {
  readonly raw: string;
}

/** What a word announces, when it does: `<<END`, `<<-END`, `3<<'END'`. */
export function announced(word: string): Announced | undefined {
  const [, dash, written] = /^\d*<<(-?)([^<]+)$/.exec(word) ?? [];
  const name = written?.replace(/["'\\]/g, '');
  return name ? { name, chomps: dash === '-', expands: name === written } : undefined;
}

/** The bodies of all heredocs that the words announce, one behind the other as in the file. */
export function readHeredocs(words: readonly Word[], line: Line, lines: Lines): ReadHeredoc[] {
  const heredocs: ReadHeredoc[] = [];
  for (const word of words) {
    const announcement = announced(word.text);
    if (!announcement) continue;
    const { name, chomps } = announcement;
    const begin = lines.number + 1;
    const rows: string[] = [];
    for (let row = lines.row(); ; row = lines.row()) {
      if (row === undefined)
        throw wrong(line.place(word.at), `unterminated heredoc ${shown(name)}`, `a line with ${name} alone ends it`);
      const end = row.replace(/\r$/, '');
      if ((chomps ? end.replace(/^\t+/, '') : end) === name) break;
      rows.push(`${row}\n`);
    }
    const content = chomps ? rows.map((row) => row.replace(/^\t+/, '')) : rows;
    heredocs.push({ ...announcement, content: content.join(''), raw: rows.join(''), line: begin });
  }
  return heredocs;
}
