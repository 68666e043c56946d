/**
 * How lessons look: at most 80 columns, words before colours. The command line decides about colour and hands it in.
 */

type Painter = (text: string) => string;

/** The part of chalk that is used here. */
export interface Style {
  bold: Painter & { red: Painter; green: Painter; yellow: Painter };
  dim: Painter;
  red: Painter;
  green: Painter;
  yellow: Painter;
  cyan: Painter;
}

export interface Look {
  readonly columns: number;
  readonly style: Style;
}

/** Text in lines of at most `width`; its own line breaks stay, a word that is too long is broken. */
export function fold(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line && line.length + 1 + word.length > width) {
        lines.push(line);
        line = '';
      }
      const [first = '', ...more] = broken(word, width);
      line = line ? `${line} ${first}` : first;
      for (const part of more) {
        lines.push(line);
        line = part;
      }
    }
    return [...lines, line];
  });
}

/** A word in parts of at most `width`: behind a comma or a slash, or where the line ends. */
function broken(word: string, width: number): string[] {
  const parts: string[] = [];
  let rest = word;
  while (rest.length > width && width > 0) {
    const end = Math.max(rest.lastIndexOf(',', width - 1), rest.lastIndexOf('/', width - 1)) + 1 || width;
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return [...parts, rest];
}

/** Left and right on one line of `width`, or more lines when they do not fit; the left one keeps its indent. */
export function apart(left: string, right: string, width: number): string {
  if (left.length + 1 + right.length <= width) return left + right.padStart(width - left.length);
  const indent = /^ */.exec(left)![0];
  const lines = fold(left.slice(indent.length), width - indent.length).map((line) => indent + line);
  return [...lines, ...fold(right, width).map((line) => line.padStart(width))].join('\n');
}

/** Short texts in a row, as many in a line as fit: they are not broken. */
export function row(texts: readonly string[], gap: string, width: number): string {
  const lines: string[] = [];
  for (const text of texts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + gap.length + text.length <= width)
      lines[lines.length - 1] = last + gap + text;
    else lines.push(text);
  }
  return lines.join('\n');
}
