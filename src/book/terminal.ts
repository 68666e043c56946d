/**
 * A chapter for the terminal: 80 columns, words before colour.
 *
 * Colour only repeats what the text says already, so that a chapter in a pipe, on paper or read aloud loses nothing.
 * Two things move to the end, as in a printed book: where links lead, and the answers to the questions.
 */
import { Chalk, type ChalkInstance } from 'chalk';
import type { Block, Citation, ConsoleLine, Inline } from './document.ts';
import { cutawayDrawn, cutawayLegend, cutawayListed } from './cutaway-text.ts';
import { isRemark, plain } from './document.ts';
import { chop, columns, unstyled, wrap, type Piece, type Style } from './wrap.ts';

export interface TerminalOptions {
  /** Columns to fill; 80 when not said. */
  width?: number;
  colour?: boolean;
  /** Words in place of lines and arrows, for a screen reader. */
  plain?: boolean;
  /** The text twin of a picture. */
  twin?: (picture: string) => string | undefined;
  /** What to show for where a link leads; undefined leaves it out. */
  target?: (href: string) => string | undefined;
}

/** Draws a chapter. Every line fits into the width. */
export function renderTerminal(document: readonly Block[], options: TerminalOptions = {}): string {
  const page = new Page(options);
  const body = page.blocks(document, page.width);
  const end = [...page.answers(), ...page.links()];
  return (
    [...body, ...end]
      .map((line) => line.trimEnd())
      .join('\n')
      .replace(/\n{3,}/g, '\n\n')
      .replace(/^\n+|\n+$/g, '') + '\n'
  );
}

class Page {
  readonly width: number;
  private readonly paint: ChalkInstance;
  private readonly plain: boolean;
  private readonly hrefs: string[] = [];
  private readonly folded: { summary: Inline[]; children: Block[] }[] = [];

  constructor(private readonly options: TerminalOptions) {
    this.width = Math.max(40, Math.min(options.width ?? 80, 80));
    this.paint = new Chalk({ level: options.colour ? 1 : 0 });
    this.plain = options.plain ?? false;
  }

  /** Lines, with an empty one after each block. */
  blocks(blocks: readonly Block[], width: number): string[] {
    return blocks.flatMap((block) => [...this.block(block, width), '']);
  }

  answers(): string[] {
    if (this.folded.length === 0) return [];
    const lines = [...this.heading('Answers', 2), ''];
    // An answer may fold another one: the list grows while it is walked.
    for (let i = 0; i < this.folded.length; i++) {
      const { summary, children } = this.folded[i]!;
      lines.push(...wrap(this.pieces([{ type: 'text', text: `${i + 1}. ` }, ...summary], this.paint.bold), this.width));
      lines.push(...indented(this.blocks(children, this.width - 3), '   '));
    }
    return lines;
  }

  links(): string[] {
    if (this.hrefs.length === 0) return [];
    const lines = this.hrefs.flatMap((href, i) => {
      const mark = `[${i + 1}]`.padEnd(5);
      return chop(href, this.width - 5).map((part, at) => (at === 0 ? mark : '     ') + part);
    });
    return [...this.heading('Where the links lead', 2), '', ...lines];
  }

  private block(block: Block, width: number): string[] {
    switch (block.type) {
      case 'heading':
        return this.heading(plain(block.children), block.depth, width);
      case 'paragraph':
        return wrap(this.pieces(block.children), width);
      case 'code':
        return block.text.split('\n').flatMap((line) => this.codeLine(line, width, '  ', unstyled));
      case 'console':
        return block.lines.flatMap((line) => this.consoleLine(line, width));
      case 'quote':
        return this.quote(block.citation, width);
      case 'picture':
        return this.picture(block.path, block.caption, width);
      case 'list':
        return block.items.flatMap((item, i) => this.item(item, block.ordered ? `${block.start + i}. ` : '- ', width));
      case 'table':
        return this.table(block.header, block.rows, width);
      case 'box': {
        const edge = this.plain ? '  ' : '│ ';
        const lines = this.blocks(block.children, width - 2).slice(0, -1);
        return lines.map((line) => this.paint.dim(edge) + line);
      }
      case 'details': {
        const number = this.folded.push(block);
        const text: Inline[] = [{ type: 'text', text: `${number}. ` }, ...block.summary];
        return wrap(
          [...this.pieces(text), { text: ` (answer ${number} is at the end)`, style: this.paint.dim }],
          width,
        );
      }
      case 'cutaway':
        return this.cutaway(block.organ, width);
      case 'rule':
        return this.plain ? [] : [this.paint.dim('─'.repeat(width))];
    }
  }

  private heading(text: string, depth: number, width = this.width): string[] {
    const lines = wrap([{ text: depth === 2 ? text.toUpperCase() : text, style: this.paint.bold }], width);
    if (depth > 1 || this.plain) return depth === 2 ? ['', ...lines] : lines;
    return [...lines, this.paint.dim('═'.repeat(Math.min(width, columns(text))))];
  }

  private item(children: readonly Block[], mark: string, width: number): string[] {
    const lines = this.blocks(children, width - mark.length).slice(0, -1);
    return lines.map((line, i) => (i === 0 ? mark : ' '.repeat(mark.length)) + line);
  }

  private quote({ file, start, text }: Citation, width: number): string[] {
    const source = text.replace(/\n$/, '').split('\n');
    const gutter = String(start + source.length - 1).length;
    return [
      this.paint.cyan(`  ${file}:${start}`),
      ...source.flatMap((row, i) => {
        const style = isRemark(row) ? this.paint.dim : unstyled;
        return this.codeLine(row, width, `  ${String(start + i).padStart(gutter)}  `, style);
      }),
    ];
  }

  /** One line of code after `margin`; what does not fit goes on below, marked. */
  private codeLine(line: string, width: number, margin: string, style: Style): string[] {
    const room = width - margin.length;
    return chop(line.replace(/\t/g, '    '), room).flatMap((part, i) => {
      if (i === 0) return [this.paint.dim(margin) + style(part)];
      const more = (this.plain ? '... ' : '↪ ').padStart(margin.length);
      return chop(part, width - more.length).map((rest) => this.paint.dim(more) + style(rest));
    });
  }

  private consoleLine({ kind, prompt, text }: ConsoleLine, width: number): string[] {
    if (kind === 'output') return this.codeLine(text, width, '  ', unstyled);
    return this.codeLine(text, width, `  ${prompt} `, this.paint.bold);
  }

  private picture(path: string, caption: readonly Inline[], width: number): string[] {
    const twin = this.options.twin?.(path);
    const lines = twin
      ? twin
          .trimEnd()
          .split('\n')
          .flatMap((line) => this.codeLine(line, width, '  ', unstyled))
      : [];
    return [
      ...lines,
      ...(twin ? [''] : []),
      ...wrap(this.pieces([{ type: 'text', text: 'Picture: ' }, ...caption], this.paint.italic), width),
    ];
  }

  /** The ship in letters; in words where it would not fit, or could not be seen. */
  private cutaway(organ: number, width: number): string[] {
    const wrapped = (line: string): string[] => wrap([{ text: line, style: unstyled }], width);
    const drawn = cutawayDrawn(organ);
    if (this.plain || drawn.some((line) => columns(line) > width)) return cutawayListed(organ).flatMap(wrapped);
    const legend = cutawayLegend(organ);
    return [...drawn, ...(legend === undefined ? [] : ['', ...wrapped(legend)])].map((line) =>
      line.replace(/\[[a-z]+\]/, (mark) => this.paint.bold(mark)),
    );
  }

  private table(header: readonly Inline[][], rows: readonly Inline[][][], width: number): string[] {
    const widths = this.tableWidths([header, ...rows], width);
    const drawRow = (cells: readonly Inline[][], style: Style): string[] => {
      const columnsOfRow = cells.map((cell, i) => wrap(this.pieces(cell, style), widths[i]!));
      const height = Math.max(...columnsOfRow.map((lines) => lines.length));
      return Array.from({ length: height }, (_, y) =>
        columnsOfRow.map((lines, i) => pad(lines[y] ?? '', widths[i]!)).join('  '),
      );
    };
    const rule = this.plain ? '' : this.paint.dim(widths.map((size) => '─'.repeat(size)).join('  '));
    return [...drawRow(header, this.paint.bold), rule, ...rows.flatMap((row) => drawRow(row, unstyled))];
  }

  /** As wide as the contents want; the widest gives way until all fit. */
  private tableWidths(rows: readonly (readonly Inline[][])[], width: number): number[] {
    const sizes = rows[0]!.map((_, i) =>
      Math.max(...rows.map((row) => columns(plain(row[i] ?? [])) + 5 * countLinks(row[i] ?? []))),
    );
    const room = width - 2 * (sizes.length - 1);
    while (sizes.reduce((sum, size) => sum + size, 0) > room) {
      const widest = sizes.indexOf(Math.max(...sizes));
      sizes[widest]! -= 1;
    }
    return sizes;
  }

  private pieces(inline: readonly Inline[], style: Style = unstyled): Piece[] {
    return inline.flatMap((part): Piece[] => {
      switch (part.type) {
        case 'text':
          return [{ text: part.text.replace(/\n/g, ' '), style }];
        case 'code':
          return this.codePieces(part.text, style);
        case 'strong':
          return this.pieces(part.children, (text) => this.paint.bold(style(text)));
        case 'em':
          return this.pieces(part.children, (text) => this.paint.italic(style(text)));
        case 'break':
          return [{ text: '\n', style }];
        case 'link':
          return this.linkPieces(part.href, part.children, style);
      }
    });
  }

  /** Without colour, code stands between backticks: `a b` must not look like two words of the sentence. */
  private codePieces(text: string, style: Style): Piece[] {
    if (this.options.colour) return [{ text, style: (t) => this.paint.cyan(style(t)) }];
    return [{ text: `\`${text}\``, style }];
  }

  private linkPieces(href: string, children: readonly Inline[], style: Style): Piece[] {
    const words = this.pieces(children, (text) => this.paint.underline(style(text)));
    const target = this.options.target ? this.options.target(href) : href;
    if (target === undefined) return this.pieces(children, style);
    if (!this.hrefs.includes(target)) this.hrefs.push(target);
    return [...words, { text: ` [${this.hrefs.indexOf(target) + 1}]`, style: this.paint.dim }];
  }
}

function countLinks(inline: readonly Inline[]): number {
  return inline.reduce(
    (sum, i) => sum + (i.type === 'link' ? 1 : i.type === 'code' ? 0.4 : 'children' in i ? countLinks(i.children) : 0),
    0,
  );
}

function indented(lines: readonly string[], margin: string): string[] {
  return lines.map((line) => (line === '' ? '' : margin + line));
}

function pad(line: string, width: number): string {
  // eslint-disable-next-line no-control-regex -- escape sequences take no room
  return line + ' '.repeat(Math.max(0, width - columns(line.replace(/\x1b\[[0-9;]*m/g, ''))));
}
