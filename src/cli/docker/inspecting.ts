/**
 * Everything that the engine says about a thing, as it says it, or through a template.
 *
 * The engine's own text is indented, not read and written again: JSON has numbers that JavaScript has not (a limit of
 * 2^63 - 1), and signs that may be written in two ways.
 */
import { template, type Template } from '../format/template.ts';
import { parsed } from './absent-fields.ts';
import { sentenceOf } from './each.ts';
import { CommandFailure } from './failure.ts';
import { indented } from './json-text.ts';
import { print } from './print.ts';

/** Asks about each name, prints all that was found, and then fails with what was not. */
export async function inspectAll(
  names: readonly string[],
  format: string,
  ask: (name: string) => Promise<string>,
): Promise<void> {
  const fill = templateOf(format);
  const found: string[] = [];
  const failures: string[] = [];
  for (const name of names)
    try {
      found.push(await ask(name));
    } catch (error) {
      failures.push(sentenceOf(error));
    }
  print(shown(found, format, fill, failures));
  if (failures.length > 0) throw new CommandFailure(failures.join('\n'));
}

/** Whoever wrote it is told before anybody is asked, with Docker's exit code for it. */
function templateOf(format: string): Template {
  try {
    return template(format);
  } catch (error) {
    throw new CommandFailure(sentenceOf(error), 64);
  }
}

function shown(found: readonly string[], format: string, fill: Template, failures: string[]): string {
  const texts = found.map((text) => text.trim());
  if (format === 'json') return `[${texts.join(',')}]\n`;
  if (format === '') return texts.length === 0 ? '[]\n' : `${indented(`[${texts.join(',')}]`)}\n`;
  let out = '';
  for (const text of texts)
    try {
      out += `${fill(parsed(text))}\n`;
    } catch (error) {
      out += '\n';
      failures.push(sentenceOf(error));
    }
  return out || '\n';
}
