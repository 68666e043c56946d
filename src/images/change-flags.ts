/** The flags of an instruction of `--change`, as Docker reads them: moby, builder/dockerfile, parser/split_command.go. */
import { DrydockError } from '../errors.ts';

/** Words that begin with `--`, up to the first that does not, and what follows them; `--` alone is the last one. */
export function withoutFlags(text: string): { flags: readonly string[]; rest: string } {
  const flags: string[] = [];
  for (let rest = text; ;) {
    const [whole = '', word = ''] =
      /^(--(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*(?:"|$)|'(?:[^'\\]|\\.)*(?:'|$))*)(?:\s+|$)/s.exec(rest) ?? [];
    rest = rest.slice(whole.length);
    if (whole === '' || word === '--') return { flags, rest };
    flags.push(word.replace(/\\(.)|["']/gs, '$1'));
  }
}

/** Their values by name. Throws BAD_USAGE for one that is not among `known`, is there twice, or has no value. */
export function flagValues(flags: readonly string[], known: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const flag of flags) {
    const [, name = '', value] = /^--([^=]*)(?:=(.*))?$/s.exec(flag)!;
    const hint = known.length > 0 ? `one of ${known.map((one) => `--${one}=…`).join(', ')}` : 'this one takes no flags';
    if (!known.includes(name)) throw wrong(`Unknown flag: ${name}`, hint);
    if (values.has(name)) throw wrong(`Duplicate flag specified: ${name}`, 'each of them once');
    if (value === undefined) throw wrong(`Missing a value on flag: ${name}`, `as in --${name}=…`);
    values.set(name, value);
  }
  return values;
}

const wrong = (message: string, hint: string): DrydockError => new DrydockError('BAD_USAGE', message, { hint });
