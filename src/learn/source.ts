/**
 * Reads the real source by symbol, so that starters and chapters cannot drift from it.
 *
 * `src/runtime/isolators/pid.ts#namespaces` names a declaration of a file, or a function inside the object that it
 * exports; `#pid.at.born` goes deeper. A name that is found twice is refused, not guessed. TypeScript is read with
 * its own compiler, loaded only here and only when asked for (it costs 150 ms); C with the scanner of csource.ts.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type TypeScript from 'typescript';
import { DrydockError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { cFunctions } from './csource.ts';
import { projectHome } from '../linux/native.ts';

/** A piece of a file. Lines count from 1 and include the comment that belongs to the declaration. */
export interface Quote {
  readonly file: string;
  readonly symbol: string;
  readonly language: 'ts' | 'c';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A function to empty: what stands in its place. */
export interface Hole {
  readonly symbol: string;
  /** Lines of the comment that says what to do. */
  readonly todo: readonly string[];
  /** Lines of code that compile and fail the check. */
  readonly body: readonly string[];
}

/** A declaration in a text, as offsets; `body` is what is between (and with) the braces, or the expression. */
export interface Place {
  readonly symbol: string;
  /** Where the comment above it starts, and where its own first word does. */
  readonly full: number;
  readonly start: number;
  readonly end: number;
  readonly body?: Span;
  /** What is between the parentheses; TypeScript only. */
  readonly parameters?: Span;
  /** It yields; TypeScript only. */
  readonly isGenerator?: boolean;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Parts of `src/x.ts#name`. Throws BAD_USAGE. */
export function parseReference(reference: string): { file: string; symbol: string } {
  const [file, symbol, more] = reference.split('#');
  if (!file || !symbol || more !== undefined)
    throw new DrydockError('BAD_USAGE', `'${reference}' does not name a symbol`, {
      hint: 'write FILE#SYMBOL: src/runtime/isolators/pid.ts#namespaces',
    });
  return { file, symbol };
}

/** The text of a symbol. The file is relative to the project. Throws SLOT_INVALID when it is not there. */
export async function quote(reference: string): Promise<Quote> {
  const { file, symbol } = parseReference(reference);
  const text = readSource(file);
  const place = find(await placesIn(file, text), symbol, file);
  const start = lineStart(text, place.full);
  // A property's comma belongs to the object, not to the quote.
  return {
    file,
    symbol,
    language: isC(file) ? 'c' : 'ts',
    text: outdent(text.slice(start, place.end)),
    start: lineOf(text, start),
    end: lineOf(text, place.end),
  };
}

/** The line on which a symbol's own declaration starts, in a text that need not be a project file. */
export async function lineOfSymbol(file: string, text: string, symbol: string): Promise<number> {
  return lineOf(text, find(await placesIn(file, text), symbol, file).start);
}

/** The text with the bodies of some functions replaced: a starter. Throws SLOT_INVALID. */
export async function hollow(file: string, text: string, holes: readonly Hole[]): Promise<string> {
  const places = await placesIn(file, text);
  const edits = holes.map((hole) => {
    const { body, start } = find(places, hole.symbol, file);
    if (!body) throw new DrydockError('SLOT_INVALID', `${file}#${hole.symbol} is not a function`);
    const margin = /^\s*/.exec(text.slice(lineStart(text, start)))![0];
    return { ...body, text: emptied(hole, margin) };
  });
  edits.sort((a, b) => b.start - a.start);
  return edits.reduce((out, edit) => out.slice(0, edit.start) + edit.text + out.slice(edit.end), text);
}

/**
 * The text with some of its functions handing on to others: `calls` says, for each symbol, what is called in its place.
 * Every line stays where it is. Throws SLOT_INVALID.
 */
export async function redirected(file: string, text: string, calls: ReadonlyMap<string, string>): Promise<string> {
  const places = await placesIn(file, text);
  const edits = [...calls].flatMap(([symbol, callee]) => {
    const { body, parameters, isGenerator } = find(places, symbol, file);
    if (!body || !parameters) throw new DrydockError('SLOT_INVALID', `${file}#${symbol} is not a function`);
    return [
      { ...parameters, text: '...given' },
      { ...body, text: `{ return ${isGenerator ? 'yield* ' : ''}${callee}(...given); }` },
    ];
  });
  return edited(text, edits);
}

/** Applies edits that do not overlap; each keeps as many lines as it replaces. */
function edited(text: string, edits: readonly (Span & { readonly text: string })[]): string {
  const lastFirst = [...edits].sort((a, b) => b.start - a.start);
  return lastFirst.reduce((out, { start, end, text: fresh }) => {
    const lines = out.slice(start, end).split('\n').length - fresh.split('\n').length;
    return out.slice(0, start) + fresh + '\n'.repeat(Math.max(0, lines)) + out.slice(end);
  }, text);
}

function emptied({ todo, body }: Hole, margin: string): string {
  const lines = [...todo.map((line) => (line ? `// TODO: ${line}` : '//')).map(continued), ...body];
  return ['{', ...lines.map((line) => (line ? `${margin}  ${line}` : '')), `${margin}}`].join('\n');
}

function continued(line: string, index: number): string {
  return index === 0 ? line : line.replace('// TODO: ', '//       ');
}

/** Reads a file of the project. Throws SLOT_INVALID. */
export function readSource(file: string): string {
  try {
    return readFileSync(join(projectHome(), file), 'utf8');
  } catch (cause) {
    throw new DrydockError('SLOT_INVALID', `${file} cannot be read in the project folder`, { cause });
  }
}

function isC(file: string): boolean {
  return /\.(c|h|cc)$/.test(file);
}

async function placesIn(file: string, text: string): Promise<Place[]> {
  return isC(file) ? cFunctions(text) : typeScriptPlaces(file, text);
}

function find(places: readonly Place[], symbol: string, file: string): Place {
  // The whole path wins over its last part, so that `steps` can be said where only one isolator has it.
  const exact = places.filter((place) => place.symbol === symbol);
  const loose = places.filter((place) => place.symbol.endsWith(`.${symbol}`));
  const [found, second] = exact.length ? exact : loose;
  if (found && !second) return found;
  if (second)
    throw new DrydockError('SLOT_INVALID', `${file} has more than one '${symbol}'`, {
      hint: `say which: ${(exact.length ? exact : loose).map((place) => place.symbol).join(', ')}`,
    });
  const known = places.map((place) => place.symbol);
  const near = nearest(
    symbol,
    known.flatMap((name) => [name, name.split('.').at(-1)!]),
  );
  throw new DrydockError('SLOT_INVALID', `${file} has no '${symbol}'`, {
    hint: near ? `did you mean '${near}'?` : `it has ${known.join(', ')}`,
  });
}

async function typeScriptPlaces(file: string, text: string): Promise<Place[]> {
  const { default: ts } = await import('typescript');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const places: Place[] = [];
  const spanOf = (node: TypeScript.Node): Span => ({ start: node.getStart(source), end: node.getEnd() });
  const parametersOf = ({ parent }: TypeScript.Node): Span | undefined =>
    ts.isFunctionLike(parent) ? { start: parent.parameters.pos, end: parent.parameters.end } : undefined;
  const isGenerator = ({ parent }: TypeScript.Node): boolean =>
    (ts.isFunctionDeclaration(parent) || ts.isMethodDeclaration(parent)) && parent.asteriskToken !== undefined;
  const add = (symbol: string, node: TypeScript.Node, body?: TypeScript.Node): void => {
    const comment = ts.getLeadingCommentRanges(text, node.getFullStart())?.at(-1);
    const start = node.getStart(source);
    // A comment that an empty line parts from the declaration belongs to the file.
    const near = comment && !/\n\s*\n/.test(text.slice(comment.end, start));
    places.push({
      symbol,
      full: near ? comment.pos : start,
      start,
      end: node.getEnd(),
      ...(body && { body: spanOf(body), parameters: parametersOf(body), isGenerator: isGenerator(body) }),
    });
  };
  const members = (owner: string, node: TypeScript.Node | undefined): void => {
    const inner = node && peeled(ts, node);
    if (!inner || !(ts.isObjectLiteralExpression(inner) || ts.isClassDeclaration(inner))) return;
    for (const member of ts.isClassDeclaration(inner) ? inner.members : inner.properties) {
      if (!member.name || !('text' in member.name)) continue;
      const name = `${owner}.${member.name.text}`;
      const value = 'initializer' in member ? (member.initializer as TypeScript.Node | undefined) : undefined;
      add(name, member, bodyOf(ts, value ?? member));
      members(name, value);
    }
  };
  for (const statement of source.statements) {
    if (ts.isVariableStatement(statement)) {
      for (const declaration of statement.declarationList.declarations) {
        const name = declaration.name.getText(source);
        add(name, statement, declaration.initializer && bodyOf(ts, declaration.initializer));
        members(name, declaration.initializer);
      }
    } else if ('name' in statement && statement.name) {
      const name = (statement.name as TypeScript.Identifier).text;
      add(name, statement, bodyOf(ts, statement));
      members(name, statement);
    }
  }
  return places;
}

function peeled(ts: typeof TypeScript, node: TypeScript.Node): TypeScript.Node {
  if (ts.isSatisfiesExpression(node) || ts.isAsExpression(node) || ts.isParenthesizedExpression(node))
    return peeled(ts, node.expression);
  return node;
}

function bodyOf(ts: typeof TypeScript, node: TypeScript.Node): TypeScript.Node | undefined {
  const inner = peeled(ts, node);
  const isFunction = ts.isFunctionLike(inner) && 'body' in inner;
  return isFunction ? inner.body : undefined;
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function outdent(text: string): string {
  const lines = text.split('\n');
  const margins = lines.filter((line) => line.trim()).map((line) => /^ */.exec(line)![0].length);
  const margin = Math.min(...margins);
  return lines.map((line) => line.slice(margin)).join('\n');
}
