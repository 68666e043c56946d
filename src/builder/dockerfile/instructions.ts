/**
 * The instructions that there are, and how each of them reads its line.
 *
 * What only its own line can tell is checked here; what needs a base image, a context or a variable is not.
 */
import type { DrydockError } from '../../errors.ts';
import { didYouMean } from '../../nearest.ts';
import { commandOf } from './command.ts';
import { addFlags, copyFlags, readAdd, readCopy } from './copying.ts';
import type { AnyInstruction, Pair } from './dockerfile.ts';
import { healthcheckFlags, readHealthcheck } from './healthcheck.ts';
import { readRun, runFlags } from './run.ts';
import { cut, statementOf, type Flags, type FlagTable, type Statement } from './statement.ts';
import { betweenBlanks, headOf, type Word } from './words.ts';
import { shown } from './wrong.ts';

type Kind = AnyInstruction['kind'];

type Read<K extends Kind> = Omit<Extract<AnyInstruction, { kind: K }>, 'kind' | 'line' | 'lastLine' | 'original'>;

interface Reader<K extends Kind> {
  readonly flags?: FlagTable;
  read(statement: Statement, flags: Flags): Read<K>;
}

const readers: { readonly [K in Kind]: Reader<K> } = {
  add: { flags: addFlags, read: readAdd },
  arg: { read: readArg },
  cmd: { read: (statement) => ({ command: commandOf(statement) }) },
  copy: { flags: copyFlags, read: readCopy },
  entrypoint: { read: (statement) => ({ command: commandOf(statement) }) },
  env: { read: (statement) => ({ pairs: pairsOf(statement) }) },
  expose: { read: readExpose },
  from: { flags: { platform: 'value' }, read: readFrom },
  healthcheck: { flags: healthcheckFlags, read: readHealthcheck },
  label: { read: (statement) => ({ pairs: pairsOf(statement) }) },
  maintainer: { read: (statement) => ({ maintainer: statement.whole().text }) },
  onbuild: { read: readOnbuild },
  run: { flags: runFlags, read: readRun },
  shell: { read: readShell },
  stopsignal: { read: (statement) => ({ signal: statement.expandable(statement.whole()) }) },
  user: { read: (statement) => ({ user: statement.expandable(statement.whole()) }) },
  volume: { read: readVolume },
  workdir: { read: (statement) => ({ path: statement.expandable(statement.whole()) }) },
};

/** The instruction that a statement is. `last` is the row at which its heredocs end. */
export function readInstruction(statement: Statement, last = statement.line.last): AnyInstruction {
  const { kind, line, name } = statement;
  if (!isKind(kind)) {
    const known = Object.keys(readers).map((word) => word.toUpperCase());
    throw statement.wrong(name, `unknown instruction: ${shown(name.text)}`, didYouMean(statement.title, known));
  }
  const reader: Reader<Kind> = readers[kind];
  const read = reader.read(statement, statement.read(reader.flags ?? {}));
  return { kind, line: line.first, lastLine: last, original: line.text.trim(), ...read } as AnyInstruction;
}

const isKind = (word: string): word is Kind => Object.hasOwn(readers, word);

function readFrom(statement: Statement, flags: Flags): Read<'from'> {
  const [base, as, alias, ...more] = betweenBlanks(statement.rest);
  const hint = 'FROM image, or FROM image AS name';
  if (!base) throw statement.wrong(statement.name, 'FROM needs an image', hint);
  if (as && (as.text.toLowerCase() !== 'as' || !alias || more.length > 0))
    throw statement.wrong(as, `${shown(as.text)} cannot follow the image`, hint);
  const name = alias?.text.toLowerCase();
  if (name !== undefined && !/^[a-z][a-z0-9-_.]*$/.test(name))
    throw statement.wrong(
      alias!,
      `invalid name of a stage: ${shown(alias!.text)}`,
      'a letter, then letters, digits, - _ .',
    );
  const [platform] = flags.get('platform') ?? [];
  return { base: statement.expandable(base), name, platform: platform && statement.expandable(platform) };
}

/** `name` or `name=value`, several on a line. */
function readArg(statement: Statement): Read<'arg'> {
  const args = statement.atLeastOne(statement.quoted()).map((word) => {
    const [name, value] = cut(statement.expandable(word));
    if (name === '') throw noName(statement, word);
    return { name, value };
  });
  return { args };
}

/** `name=value …`, or `name value` where everything that follows is the value. */
function pairsOf(statement: Statement): Pair[] {
  const words = statement.atLeastOne(statement.quoted());
  if (!words[0]!.text.includes('=')) {
    const { head, rest } = headOf(statement.rest);
    if (rest.text === '')
      throw statement.wrong(head, `${statement.title} ${shown(head.text)} has no value`, 'it is written name=value');
    return [{ name: statement.expandable(head), value: statement.expandable(rest) }];
  }
  return words.map((word) => {
    const [name, value] = cut(statement.expandable(word));
    if (value === undefined)
      throw statement.wrong(word, `${shown(word.text)} has no =`, 'a value with blanks is quoted: name="one two"');
    if (name === '') throw noName(statement, word);
    return { name, value };
  });
}

function noName(statement: Statement, word: Word): DrydockError {
  return statement.wrong(word, `${shown(word.text)} has no name`, 'it stands before the =');
}

/** In order, as Docker writes them into the history. */
function readExpose(statement: Statement): Read<'expose'> {
  const words = statement.atLeastOne(betweenBlanks(statement.rest));
  return { ports: words.map((word) => statement.expandable(word)).sort() };
}

function readVolume(statement: Statement): Read<'volume'> {
  const paths = statement.atLeastOne(statement.words()).map((word) => statement.expandable(word).trim());
  if (paths.includes('')) throw statement.wrong(statement.rest, 'a volume without a path', 'VOLUME /data');
  return { paths };
}

function readShell(statement: Statement): Read<'shell'> {
  const words = statement.list();
  if (!words && statement.rest.text !== '')
    throw statement.wrong(statement.rest, 'SHELL is a list in JSON', 'SHELL ["/bin/bash", "-c"]');
  return { words: statement.atLeastOne(words ?? []) };
}

/** Those that would begin an image, or make triggers of triggers without end. */
const noTriggers = ['from', 'maintainer', 'onbuild'];

/** It is read now, so that what is wrong with it is told to who wrote it and not to who builds upon it. */
function readOnbuild(statement: Statement): Read<'onbuild'> {
  const { line, escape, heredocs } = statement;
  const { at } = statement.whole();
  // With the blanks at its end, as Docker keeps it.
  const text = line.text.slice(at);
  const trigger = statementOf(line, escape, { text, at }).with({ heredocs });
  if (noTriggers.includes(trigger.kind))
    throw statement.wrong(trigger.name, `${trigger.title} cannot be a trigger`, 'ONBUILD takes all others');
  readInstruction(trigger);
  return { trigger: text + heredocs.map(({ raw, name }) => `\n${raw}${name}`).join('') };
}
