/**
 * Breaks styled text into lines that fit.
 *
 * Text arrives as pieces with a style each. The width is that of the letters, never that of the escape sequences: the
 * styles are put on after the line is known. What cannot be broken at a space is broken where the line ends.
 */

/** Draws a piece; the identity where there is no colour. */
export type Style = (text: string) => string;

export interface Piece {
  text: string;
  style: Style;
}

export const unstyled: Style = (text) => text;

/** Columns that a text takes: two for wide letters (East Asian, emoji), none for combining ones. */
export function columns(text: string): number {
  let width = 0;
  for (const letter of text) {
    if (/\p{M}|\u200d|\ufe0f/u.test(letter)) continue;
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
        letter,
      )
        ? 2
        : 1;
  }
  return width;
}

/** Wraps at spaces. A piece that is a newline ends the line. */
export function wrap(pieces: readonly Piece[], width: number): string[] {
  const lines: Piece[][] = [[]];
  let used = 0;
  const newLine = (): void => {
    lines.push([]);
    used = 0;
  };
  for (const word of words(pieces)) {
    if (word.length === 1 && word[0]!.text === '\n') {
      newLine();
      continue;
    }
    const space = word.length === 1 && word[0]!.text === ' ';
    const size = columns(word.map((piece) => piece.text).join(''));
    if (used + size > width && used > 0) {
      newLine();
      if (space) continue;
    }
    if (space && used === 0) continue;
    for (const piece of word)
      for (const part of cut(piece.text, width, used)) {
        if (used + columns(part) > width && used > 0) newLine();
        lines.at(-1)!.push({ ...piece, text: part });
        used += columns(part);
      }
  }
  return lines.map(drawn);
}

/**
 * Cuts a line of code, which may not lose its spaces, into parts of at most `width` columns: after a space, if one is
 * in the last third of the part.
 */
export function chop(text: string, width: number): string[] {
  const parts: string[] = [];
  let rest = text;
  while (columns(rest) > width) {
    const [full = ''] = cut(rest, width, 0);
    const space = full.lastIndexOf(' ') + 1;
    const end = space > (full.length * 2) / 3 ? space : full.length;
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return [...parts, rest];
}

/** Runs of letters between spaces; a word may have several styles. A run of blanks is one space of its own. */
function words(pieces: readonly Piece[]): Piece[][] {
  const out: Piece[][] = [];
  let word: Piece[] = [];
  const flush = (): void => {
    if (word.length) out.push(word);
    word = [];
  };
  for (const piece of pieces) {
    if (piece.text === '\n') {
      flush();
      out.push([piece]);
      continue;
    }
    for (const part of piece.text.split(/([ \t\n]+)/)) {
      if (part === '') continue;
      if (!/^[ \t\n]+$/.test(part)) word.push({ ...piece, text: part });
      else {
        flush();
        if (out.at(-1)?.[0]?.text !== ' ') out.push([{ ...piece, text: ' ' }]);
      }
    }
  }
  flush();
  return out;
}

function cut(text: string, width: number, used: number): string[] {
  if (used + columns(text) <= width || columns(text) <= width) return [text];
  const parts: string[] = [];
  let part = '';
  let room = width - used > 0 ? width - used : width;
  for (const letter of text) {
    const size = columns(letter);
    if (size > room) {
      parts.push(part);
      part = '';
      room = width;
    }
    part += letter;
    room -= size;
  }
  return [...parts, part].filter((p) => p !== '');
}

/** Neighbours of one style are drawn together, so that an underline does not stop at a space. */
function drawn(pieces: readonly Piece[]): string {
  const merged: Piece[] = [];
  for (const piece of pieces) {
    const last = merged.at(-1);
    if (last && last.style === piece.style) last.text += piece.text;
    else merged.push({ ...piece });
  }
  const last = merged.at(-1);
  if (last) last.text = last.text.trimEnd();
  return merged.map(({ text, style }) => (text === '' ? '' : style(text))).join('');
}
