/** JSON text indented by four spaces, with every number and string as it was written (Go's json.Indent). */

const pieces = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g;

export function indented(text: string): string {
  let depth = 0;
  let before = '';
  let out = '';
  const line = (): string => `\n${' '.repeat(4 * depth)}`;
  for (const [piece] of text.matchAll(pieces)) {
    const isClosing = piece === ']' || piece === '}';
    if (isClosing) {
      depth--;
      out += (before === '[' || before === '{' ? '' : line()) + piece;
    } else {
      if (before === '[' || before === '{' || before === ',') out += line();
      out += piece === ':' ? ': ' : piece;
      if (piece === '[' || piece === '{') depth++;
    }
    before = piece;
  }
  return out;
}
