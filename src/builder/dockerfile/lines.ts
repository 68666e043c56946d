/**
 * The rows of a file as the lines of a Dockerfile.
 *
 *     RUN one \                  the escape as the last character but blanks continues the line
 *       # a comment              ... through comments
 *                                ... and, with a warning, through empty rows
 *         two                    the line is `RUN one         two`: rows are joined as they are
 *
 * Every character of a line knows the row and the column that it came from, because that is where somebody looks who reads
 * a message. A doubled escape at the end of a row is a character and no continuation (`C:\\`).
 */
import { readDirectives } from './directives.ts';
import type { Escape, Warning } from './dockerfile.ts';
import { wrong, type Place } from './wrong.ts';

/** Docker's own limit, in bytes. A longer row was not written by a person, and is no argument that a kernel takes. */
const LONGEST_ROW = 65_535;

/** A line after its rows have been joined. */
export interface Line {
  readonly text: string;
  /** Its rows, from 1. */
  readonly first: number;
  readonly last: number;
  /** Where the character at this offset was written. */
  place(offset: number): Place;
}

/** A row as it is joined: from which offset of the line on, and from which of its own columns. */
interface Piece {
  readonly text: string;
  readonly at: number;
  readonly row: number;
  readonly column: number;
}

export class Lines {
  readonly escape: Escape;
  readonly syntax?: string;
  readonly warnings: Warning[] = [];
  readonly #rows: readonly string[];
  /** How many rows have been read. */
  #read = 0;

  constructor(
    text: string,
    readonly file: string,
  ) {
    this.#rows = text.replace(/^\uFEFF/, '').split('\n');
    // After the last line feed there is no row.
    if (this.#rows.at(-1) === '') this.#rows = this.#rows.slice(0, -1);
    ({ escape: this.escape, syntax: this.syntax } = readDirectives(this.#rows, file));
  }

  /** How many rows the file has. */
  get count(): number {
    return this.#rows.length;
  }

  /** The next row as it is, also what would be a comment: the inside of a heredoc. */
  row(): string | undefined {
    const row = this.#rows[this.#read];
    if (row !== undefined) this.#read++;
    // A row that is in bounds when counted in bytes is so when counted in characters, and most are shorter by far.
    if (row !== undefined && row.length > LONGEST_ROW / 4 && Buffer.byteLength(row) > LONGEST_ROW)
      throw wrong(
        { file: this.file, line: this.#read, column: 1 },
        `a row of ${Buffer.byteLength(row)} bytes`,
        `at most ${LONGEST_ROW} are read; what is longer belongs into a file that is copied`,
      );
    return row;
  }

  /** The number of the row that was read last. */
  get number(): number {
    return this.#read;
  }

  /** The next line that is neither empty nor a comment. */
  line(): Line | undefined {
    for (let row = this.row(); row !== undefined; row = this.row()) {
      const text = row.trimStart();
      if (text === '' || text.startsWith('#')) continue;
      const line = this.#joined({ text, at: 0, row: this.#read, column: row.length - text.length + 1 });
      if (line.text.trim() !== '') return line;
    }
    return undefined;
  }

  #joined(begin: Piece): Line {
    const pieces: Piece[] = [];
    let hasEmpty = false;
    for (let piece: Piece | undefined = begin; piece;) {
      const continued = this.#withoutEscape(piece.text);
      pieces.push({ ...piece, text: continued ?? piece.text.replace(/\r$/, '') });
      if (continued === undefined) break;
      const at: number = piece.at + continued.length;
      let row = this.row();
      for (; row !== undefined && /^\s*(#|$)/.test(row); row = this.row()) hasEmpty ||= row.trim() === '';
      piece = row === undefined ? undefined : { text: row, at, row: this.#read, column: 1 };
    }
    const text = pieces.map((piece) => piece.text).join('');
    if (hasEmpty)
      this.warnings.push({ line: begin.row, message: `Empty continuation line found in:\n    ${text.trim()}` });
    return { text, first: begin.row, last: this.#read, place: (offset) => this.#place(pieces, offset) };
  }

  /** The row up to the escape that continues it; undefined when none does. */
  #withoutEscape(row: string): string | undefined {
    const text = row.trimEnd();
    const isContinued = text.endsWith(this.escape) && text.at(-2) !== this.escape;
    return isContinued ? text.slice(0, -1) : undefined;
  }

  #place(pieces: readonly Piece[], offset: number): Place {
    const piece = pieces.findLast(({ at }) => at <= offset) ?? pieces[0]!;
    return { file: this.file, line: piece.row, column: piece.column + offset - piece.at };
  }
}
