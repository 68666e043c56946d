/**
 * Everything that the engine says about a thing, as it says it, or through a template.
 *
 * The engine's own text is indented, not read and written again: JSON has numbers that JavaScript has not (a limit of
 * 2^63 - 1), and signs that may be written in two ways.
 */
import { TemplateError } from '../format/template/errors.ts';
import { template, type Template } from '../format/template.ts';
import { parsed, untyped } from './absent-fields.ts';
import { sentenceOf } from './each.ts';
import { CommandFailure } from './failure.ts';
import { indented } from './json-text.ts';
import { print } from './print.ts';
import { told } from './template-failure.ts';

/** Asks about each name, prints all that was found, and then fails with what was not, or does not fit the template. */
export async function inspectAll(
  names: readonly string[],
  format: string,
  ask: (name: string) => Promise<string>,
): Promise<void> {
  const { show, all } = manner(format);
  const found: string[] = [];
  const failures: string[] = [];
  for (const name of names)
    try {
      found.push(show((await ask(name)).trim()));
    } catch (error) {
      failures.push(sentenceOf(error));
    }
  print(all(found));
  if (failures.length > 0) throw new CommandFailure(failures.join('\n'));
}

interface Manner {
  /** One thing. */
  show(text: string): string;
  all(shown: readonly string[]): string;
}

/** Whoever wrote a template that is none is told before anybody is asked, with Docker's exit code for it. */
function manner(format: string): Manner {
  const asItIs = (text: string): string => text;
  const list = (shown: readonly string[]): string => `[${shown.join(',')}]`;
  if (format === 'json') return { show: asItIs, all: (shown) => `${list(shown)}\n` };
  if (format === '') return { show: asItIs, all: (shown) => `${shown.length === 0 ? '[]' : indented(list(shown))}\n` };
  const fill = told(() => template(format), BLAME, 64);
  return {
    show: (text) => told(() => `${filled(fill, text)}\n`, BLAME),
    all: (shown) => shown.join('') || '\n',
  };
}

const BLAME = 'template parsing error: ';

/** What does not fit the types is tried again with JSON as it is, as Docker does; so the errors are those of the second try. */
export function filled(fill: Template, text: string): string {
  try {
    return fill(parsed(text));
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return fill(untyped(text));
  }
}
