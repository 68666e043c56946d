/** COPY and ADD: what, from where, to where, and as whose. */
import type { AddInstruction, CopyInstruction, Heredoc, Source } from './dockerfile.ts';
import { announced } from './heredocs.ts';
import { isOn, valueOf, type Flags, type FlagTable, type Statement } from './statement.ts';

const common: FlagTable = { chown: 'value', chmod: 'value', link: 'switch', exclude: 'values' };
export const copyFlags: FlagTable = { ...common, from: 'value', parents: 'switch' };
export const addFlags: FlagTable = { ...common, checksum: 'value', 'keep-git-dir': 'switch', unpack: 'switch' };

type Read<I> = Omit<I, 'kind' | 'line' | 'lastLine' | 'original'>;
type Copying = Pick<CopyInstruction, 'sources' | 'destination' | 'chown' | 'chmod' | 'link' | 'excludes'>;

export function readCopy(statement: Statement, flags: Flags): Read<CopyInstruction> {
  return { ...copying(statement, flags), from: valueOf(flags, 'from'), parents: isOn(flags, 'parents') };
}

export function readAdd(statement: Statement, flags: Flags): Read<AddInstruction> {
  return {
    ...copying(statement, flags),
    checksum: expandableFlag(statement, flags, 'checksum'),
    keepGitDir: isOn(flags, 'keep-git-dir'),
    unpack: flags.has('unpack') ? isOn(flags, 'unpack') : undefined,
  };
}

function copying(statement: Statement, flags: Flags): Copying {
  const words = statement.words();
  const destination = words.pop();
  if (!destination || words.length === 0) {
    const hint = `${statement.title} what… where`;
    throw statement.wrong(destination ?? statement.name, `${statement.title} needs at least two arguments`, hint);
  }
  const heredocs = [...statement.heredocs];
  if (heredocs.length > 0 && announced(destination.text))
    throw statement.wrong(destination, 'a heredoc cannot be where something is copied to', 'a path comes last');
  const sources = words.map((word): Source => {
    const isInline = heredocs.length > 0 && announced(word.text);
    return isInline ? { inline: inlineOf(statement, heredocs.shift()!) } : { path: statement.expandable(word) };
  });
  return {
    sources,
    destination: statement.expandable(destination),
    chown: expandableFlag(statement, flags, 'chown'),
    chmod: expandableFlag(statement, flags, 'chmod'),
    link: isOn(flags, 'link'),
    excludes: (flags.get('exclude') ?? []).map((word) => statement.expandable(word)),
  };
}

function inlineOf(statement: Statement, read: Statement['heredocs'][number]): Heredoc {
  if (read.expands) statement.expandableBody(read);
  const { raw: _raw, ...heredoc } = read;
  return heredoc;
}

function expandableFlag(statement: Statement, flags: Flags, name: string): string | undefined {
  const [word] = flags.get(name) ?? [];
  return word && statement.expandable(word);
}
