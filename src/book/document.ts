/**
 * A chapter as a tree: what the two renderers (terminal.ts, html.ts) draw.
 *
 * Chapters are Markdown (CommonMark with tables), read by marked's lexer. Four things are ours, and each of them looks
 * acceptable where a chapter is read as plain Markdown:
 *
 *     ```quote src/runtime/isolators/pid.ts#pid     the symbol's text as it is today, with its place. Chapters never
 *     ```                                           hold a copy of the source, so they cannot become untrue
 *     ```console                                    what a person types (after `$ ` or, as root, `# `) and what the
 *     # unshare -fp sh -c 'echo $$'                 machine answers. ‹…› marks what differs on another machine, and
 *     1                                             a line that is only `…` stands for any lines
 *     ```
 *     ![caption](pictures/04-pid.svg)               alone in a paragraph: a figure; pictures/04-pid.txt is its twin
 *     <details><summary>…</summary> … </details>    a folded answer
 *
 * Every other piece of HTML is text. The invariant: nothing in this tree is markup of either output.
 */
import { lexer, walkTokens, type Token, type Tokens } from 'marked';
import { DrydockError } from '../errors.ts';

export type Inline =
  | { type: 'text' | 'code'; text: string }
  | { type: 'strong' | 'em'; children: Inline[] }
  | { type: 'link'; href: string; children: Inline[] }
  | { type: 'break' };

/** One line of a ```console block. */
export interface ConsoleLine {
  kind: 'command' | 'more' | 'output';
  /** `$`, `#`, or `>` for a command that goes on; empty for output. */
  prompt: string;
  text: string;
}

/** Source text found by its symbol (src/learn/source.ts). */
export interface Citation {
  /** Relative to the project. */
  readonly file: string;
  /** Number of the first line. */
  readonly start: number;
  readonly text: string;
}

export type Block =
  | { type: 'heading'; depth: number; id: string; children: Inline[] }
  | { type: 'paragraph'; children: Inline[] }
  | { type: 'code'; lang: string; text: string }
  | { type: 'console'; lines: ConsoleLine[] }
  | { type: 'quote'; reference: string; citation: Citation }
  | { type: 'picture'; path: string; caption: Inline[] }
  | { type: 'list'; ordered: boolean; start: number; items: Block[][] }
  | { type: 'table'; align: (string | null)[]; header: Inline[][]; rows: Inline[][][] }
  | { type: 'box'; children: Block[] }
  | { type: 'details'; summary: Inline[]; children: Block[] }
  | { type: 'rule' }
  /** The growing picture, with this organ marked (cutaway.ts). */
  | { type: 'cutaway'; organ: number };

/** Finds the text of `path#symbol`; rejects when there is none. */
export type Cite = (reference: string) => Promise<Citation>;

/** Reads a chapter. Rejects with what `cite` rejects with, and INTERNAL for a <details> that is never closed. */
export async function readDocument(markdown: string, cite: Cite): Promise<Block[]> {
  const tokens = lexer(markdown);
  const references: string[] = [];
  void walkTokens(tokens, (token) => void references.push(...referenceIn(token)));
  const found = await Promise.all(references.map(async (one) => [one, await cite(one)] as const));
  return new Reader(new Map(found)).blocks(tokens);
}

function referenceIn(token: Token): string[] {
  const lang = token.type === 'code' ? ((token as Tokens.Code).lang ?? '') : '';
  const [word, reference] = lang.split(/\s+/, 2);
  return word === 'quote' && reference ? [reference] : [];
}

/** The words of a piece of text, without its styles. */
export function plain(inline: readonly Inline[]): string {
  return inline.map((i) => ('children' in i ? plain(i.children) : i.type === 'break' ? ' ' : i.text)).join('');
}

/** Whether a line of source is a comment: it is drawn fainter than code. `*pointer = …` is none. */
export function isRemark(line: string): boolean {
  return /^\s*(\/\/|\/\*|\*(\s|\/|$))/.test(line);
}

class Reader {
  private readonly ids = new Map<string, number>();

  constructor(private readonly citations: ReadonlyMap<string, Citation>) {}

  blocks(tokens: readonly Token[]): Block[] {
    const out: Block[] = [];
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i]!;
      const opening = token.type === 'html' ? /^\s*<details>\s*<summary>(.*?)<\/summary>\s*$/s.exec(token.raw) : null;
      if (!opening) {
        out.push(...this.block(token));
        continue;
      }
      const end = tokens.findIndex((t, at) => at > i && t.type === 'html' && t.raw.trim() === '</details>');
      if (end < 0) throw new DrydockError('INTERNAL', `a <details> is never closed: ${opening[1]}`);
      out.push({
        type: 'details',
        summary: this.inline(lexer(opening[1]!).flatMap((t) => ('tokens' in t && t.tokens) || [])),
        children: this.blocks(tokens.slice(i + 1, end)),
      });
      i = end;
    }
    return out;
  }

  private block(token: Token): Block[] {
    switch (token.type) {
      case 'space':
      case 'def':
        return [];
      case 'hr':
        return [{ type: 'rule' }];
      case 'heading': {
        const children = this.inline(token.tokens ?? []);
        return [{ type: 'heading', depth: (token as Tokens.Heading).depth, id: this.idOf(plain(children)), children }];
      }
      case 'code':
        return [this.code(token as Tokens.Code)];
      case 'blockquote':
        return [{ type: 'box', children: this.blocks(token.tokens ?? []) }];
      case 'list': {
        const { ordered, start, items } = token as Tokens.List;
        return [{ type: 'list', ordered, start: Number(start) || 1, items: items.map((i) => this.blocks(i.tokens)) }];
      }
      case 'table': {
        const { align, header, rows } = token as Tokens.Table;
        const cells = (row: readonly Tokens.TableCell[]): Inline[][] => row.map((cell) => this.inline(cell.tokens));
        return [{ type: 'table', align, header: cells(header), rows: rows.map(cells) }];
      }
      case 'html':
        return [{ type: 'paragraph', children: [{ type: 'text', text: token.raw.trim() }] }];
      default:
        return [this.paragraph(token)];
    }
  }

  private paragraph(token: Token): Block {
    const tokens = 'tokens' in token && token.tokens ? token.tokens : [token];
    const [only] = tokens;
    if (tokens.length === 1 && only?.type === 'image')
      return { type: 'picture', path: (only as Tokens.Image).href, caption: this.inline(only.tokens ?? []) };
    return { type: 'paragraph', children: this.inline(tokens) };
  }

  private code(token: Tokens.Code): Block {
    const { lang = '', text } = token;
    if (lang === 'console') return { type: 'console', lines: text.split('\n').map(consoleLine) };
    const [reference] = referenceIn(token);
    if (reference) return { type: 'quote', reference, citation: this.citations.get(reference)! };
    return { type: 'code', lang, text };
  }

  private inline(tokens: readonly Token[]): Inline[] {
    return tokens.flatMap((token): Inline[] => {
      const children = (): Inline[] => this.inline(('tokens' in token && token.tokens) || []);
      switch (token.type) {
        case 'strong':
        case 'em':
          return [{ type: token.type, children: children() }];
        case 'codespan':
          return [{ type: 'code', text: token.text }];
        case 'link':
          return [{ type: 'link', href: token.href, children: children() }];
        case 'br':
          return [{ type: 'break' }];
        case 'html':
          return [{ type: 'text', text: token.raw }];
        case 'image':
          return [{ type: 'text', text: token.text }];
        default:
          // A paragraph inside a tight list item is a text token with tokens of its own.
          return 'tokens' in token && token.tokens ? children() : [{ type: 'text', text: unescaped(token) }];
      }
    });
  }

  /** An anchor as GitHub makes it, so that links work in both places. */
  private idOf(heading: string): string {
    const base = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-');
    const seen = this.ids.get(base) ?? 0;
    this.ids.set(base, seen + 1);
    return seen ? `${base}-${seen}` : base;
  }
}

function consoleLine(line: string): ConsoleLine {
  const [, prompt = '', text = line] = /^([$#>]) (.*)$/.exec(line) ?? [];
  return { kind: prompt === '' ? 'output' : prompt === '>' ? 'more' : 'command', prompt, text };
}

const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&nbsp;': '\u00a0' };

function unescaped(token: Token): string {
  const text = 'text' in token && typeof token.text === 'string' ? token.text : token.raw;
  return text.replace(/&(?:amp|lt|gt|quot|nbsp);/g, (entity: string) => entities[entity]!);
}
