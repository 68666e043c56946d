/**
 * `/etc/default/drydock`: shell assignments, as Debian's services have them.
 *
 *     DRYDOCK_OPTS="--dns 8.8.8.8 -H tcp://127.0.0.1:2375 -H unix://"
 *     export http_proxy="http://127.0.0.1:3128/"
 *     export TMPDIR="/mnt/bigdrive/tmp"
 *
 * It is read, not run: a service manager, an upstart job and the first command that needs an engine then all find the same
 * in it, and nothing in it is a program. What the environment has already wins.
 */
import { readFileSync } from 'node:fs';
import { DrydockError } from '../errors.ts';

export const DEFAULTS_FILE = '/etc/default/drydock';
const OPTIONS = 'DRYDOCK_OPTS';

/** The words of DRYDOCK_OPTS, after the other variables have been put into the environment. Throws ENGINE. */
export function takeDefaults(path: string, environment: NodeJS.ProcessEnv): string[] {
  const variables = { ...readAssignments(path) };
  for (const [name, value] of Object.entries(variables)) environment[name] ??= value;
  return words(environment[OPTIONS] ?? '', OPTIONS);
}

function readAssignments(path: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new DrydockError('ENGINE', `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  const lines = text.split('\n').map((line) => line.trim());
  return Object.fromEntries(
    lines.flatMap((line, index) => {
      if (line === '' || line.startsWith('#')) return [];
      const [, name, value = ''] = /^(?:export\s+)?(\w+)=(.*)$/.exec(line) ?? [];
      const where = `${path}, line ${index + 1}`;
      if (name === undefined) throw wrong(where, line, 'a line is NAME=value, with or without export');
      if (/^\s+[^\s#]/.test(value)) throw wrong(where, line, 'no blank stands behind =');
      const [word = '', ...rest] = words(value.replace(/^\s+#.*/, ''), where);
      if (isExpanded(value))
        throw wrong(where, line, 'nothing is expanded or run here; in single quotes $, `, ~, ; and & are themselves');
      if (rest.length > 0 && !rest[0]!.startsWith('#')) throw wrong(where, line, 'a value with spaces is quoted');
      return [[name, word]];
    }),
  );
}

/** As a shell parts them: blanks between, quotes around. Nothing is expanded. */
function words(text: string, where: string): string[] {
  const found: string[] = [];
  const pattern = /\s*((?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+)/gy;
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    end = match.index + match[0].length;
    found.push(match[1]!.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/g, unquoted));
  }
  if (text.slice(end).trim() !== '') throw wrong(where, text, 'a quote is not closed');
  return found;
}

/** Whether a shell would put something else in the place of a part, a variable, a home, what a command says; or run the rest. */
function isExpanded(value: string): boolean {
  const unquotedParts = value.replace(/"(?:\\.|[^"\\])*"|'[^']*'|\\.|\s#.*/g, 'x');
  if (/[;&|<>()]|(?:^|:)~/.test(unquotedParts)) return true;
  const bare = value.replace(/"((?:\\.|[^"\\])*)"|'[^']*'|\\.|\s#.*/g, (_, double?: string) =>
    (double ?? '').replace(/\\./g, ''),
  );
  return /\$[\w{(@*#?$!-]|`/.test(bare);
}

const unquoted = (_: string, double?: string, single?: string, escaped?: string): string =>
  double?.replace(/\\(["\\$`])/g, '$1') ?? single ?? escaped ?? '';

const wrong = (where: string, text: string, hint: string): DrydockError =>
  new DrydockError('ENGINE', `${where}: ${text.trim()}`, { hint });
