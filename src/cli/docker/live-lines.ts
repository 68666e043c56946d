/**
 * The lower end of a terminal, drawn again and again while something goes on.
 *
 * Each drawing is one write, so nothing flickers. The cursor goes up by as many lines as were drawn, so each has to stay one
 * line of the screen: what is longer is cut, and while they are written the terminal does not wrap, because only the terminal
 * knows how wide a character is. What stands behind a tab is put at the right edge, by its column.
 *
 * https://invisible-island.net/xterm/ctlseqs/ctlseqs.html: CUU, ED, CHA, DECAWM.
 */
import { print } from './print.ts';

const noWrap = '\x1b[?7l';
const wrap = '\x1b[?7h';

export class LiveLines {
  private drawn = 0;

  /** More than this would scroll away. */
  static most = (): number => (process.stdout.rows || 24) - 1;
  static width = (): number => process.stdout.columns || 80;

  /** Draws the lines in place of those before. What is `above` stays. */
  draw(lines: readonly string[], above: readonly string[] = []): void {
    const shown = lines.slice(-LiveLines.most());
    // A key that somebody has pressed has moved the cursor to the right.
    const erased = this.drawn > 0 ? `\r\x1b[${this.drawn}A\x1b[J` : '';
    this.drawn = shown.length;
    const all = [...above, ...shown].map(laidOut);
    if (erased !== '' || all.length > 0) print(`${erased}${noWrap}${all.join('')}${wrap}`);
  }
}

function laidOut(line: string): string {
  const width = LiveLines.width();
  const [text = '', right] = line.split('\t', 2).map(withoutControls);
  const left = [...text].slice(0, width).join('');
  if (right === undefined) return `${left}\n`;
  return `${left}\x1b[${Math.max(1, width - right.length)}G ${right}\n`;
}

/** A program of a build must not move our cursor. */
const withoutControls = (line: string): string =>
  // eslint-disable-next-line no-control-regex -- these are what is taken out
  line.replace(/\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x1f\x7f-\x9f]/g, '');
