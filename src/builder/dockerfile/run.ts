/** RUN: the command, and what is there only while it runs. */
import { didYouMean } from '../../nearest.ts';
import type { DrydockError } from '../../errors.ts';
import { commandOf } from './command.ts';
import type { RunInstruction } from './dockerfile.ts';
import { readMount } from './mount.ts';
import type { Flags, FlagTable, Statement } from './statement.ts';
import { shown } from './wrong.ts';

export const runFlags: FlagTable = { mount: 'values', network: 'value', security: 'value' };

type Read = Omit<RunInstruction, 'kind' | 'line' | 'lastLine' | 'original'>;

export function readRun(statement: Statement, flags: Flags): Read {
  const mounts = (flags.get('mount') ?? []).map((word) => {
    statement.expandable(word);
    try {
      return readMount(word.text);
    } catch (error) {
      throw statement.wrong(word, `--mount: ${(error as DrydockError).message}`, (error as DrydockError).hint ?? '');
    }
  });
  return {
    command: commandOf(statement),
    mounts,
    network: oneOf(statement, flags, 'network', ['default', 'none', 'host']),
    security: oneOf(statement, flags, 'security', ['sandbox', 'insecure']),
    heredocs: statement.heredocs.map(({ raw: _raw, ...heredoc }) => heredoc),
  };
}

function oneOf<V extends string>(
  statement: Statement,
  flags: Flags,
  name: string,
  values: readonly V[],
): V | undefined {
  const [word] = flags.get(name) ?? [];
  const value = values.find((known) => known === word?.text);
  if (word && value === undefined)
    throw statement.wrong(word, `--${name} is ${shown(word.text)}`, didYouMean(word.text, values));
  return value;
}
