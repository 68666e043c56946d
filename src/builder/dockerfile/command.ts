/**
 * What RUN, CMD, ENTRYPOINT and HEALTHCHECK run: a list of words in JSON, or a text for the shell.
 *
 * A heredoc is a text that the shell gets in place of a line. Where the line has more than the heredoc (`RUN python3
 * <<END`), the shell itself reads it; where it begins with `#!`, no shell is needed.
 */
import type { Command } from './dockerfile.ts';
import type { Statement } from './statement.ts';

export function commandOf(statement: Statement): Command {
  const words = statement.list();
  if (words) return { form: 'exec', words };
  const { rest, heredocs } = statement;
  const [first] = heredocs;
  if (first && statement.quoted().length === 1)
    return { form: first.content.startsWith('#!') ? 'script' : 'shell', text: first.content };
  const bodies = heredocs.map(({ raw, name }) => `\n${raw}${name}`);
  return { form: 'shell', text: rest.text + bodies.join('') };
}
