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

/** Text in lines of at most `width`; its own line breaks stay, a word that is too long gets its own line. */
export function fold(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line ? `${line} ${word}` : word;
    }
    return [...lines, line];
  });
}

/** Left and right on one line of `width`, or two lines when they do not fit. */
export function apart(left: string, right: string, width: number): string {
  if (left.length + 1 + right.length > width) return `${left}\n${right.padStart(width)}`;
  return left + right.padStart(width - left.length);
}
