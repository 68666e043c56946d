/**
 * The verbs of Docker, which speak to an engine and do nothing themselves: ours, or Docker's own.
 *
 *     drydock [-H ADDRESS] [--tlsverify …] VERB …           drydock container|image|volume|network|system VERB …
 *
 * A verb's module is loaded when it is typed. Output, sentences and exit codes are Docker's, because scripts look at
 * them; test/clients/side-by-side.test.ts types everything to both.
 */
import { DrydockError } from '../../errors.ts';
import { endUnread, exitWith, OWN_FAILURE } from '../exit.ts';
import { clientOf, type Globals } from './client-of.ts';
import type { Command } from './command.ts';
import { CommandFailure, hintText, UnknownVerb, UsageFailure, type Mistyped } from './failure.ts';
import { HELP, readFlags } from './flags.ts';
import { globals } from './globals.ts';
import { groups, verbs, type Entry } from './verbs.ts';

/** Runs a command line whose first word is an option of these verbs, a verb, or a group. */
export async function runDocker(line: readonly string[]): Promise<void> {
  try {
    const { values, given, words } = readFlags(globals, line, true);
    if (values.debug) process.env.DRYDOCK_DEBUG = '1';
    const [first, ...rest] = words;
    if (first === undefined || given.has(HELP)) return await overview();
    const group = groups[first];
    if (group) return await runGroup(group, first, rest, values);
    const entry = find(verbs, first);
    if (!entry)
      throw new CommandFailure(
        `drydock: unknown command: drydock ${first}\n\nRun 'drydock --help' for more information`,
      );
    return await runVerb(await entry.load(), `drydock ${entry.name}`, rest, values);
  } catch (error) {
    await report(error, 'drydock', '[OPTIONS] COMMAND [ARG...]');
  }
}

async function runGroup(
  group: readonly Entry[],
  name: string,
  words: readonly string[],
  values: Globals,
): Promise<void> {
  const path = `drydock ${name}`;
  const [first, ...rest] = words;
  if (first === undefined || first === '--help' || first === '-h' || first === HELP) {
    const [{ groupHelp }, { printHelp }] = await Promise.all([import('./overview.ts'), import('../narrow.ts')]);
    // Who asks for help gets it; who has said too little is told.
    return printHelp(groupHelp(name, group), first === undefined ? process.stderr : process.stdout);
  }
  const entry = find(group, first);
  if (entry) return runVerb(await entry.load(), `${path} ${entry.name}`, rest, values);
  throw new UnknownVerb(
    `drydock: unknown command: ${path} ${first}\n\nUsage:  ${path}\n\nRun '${path} --help' for more information`,
    { word: first, names: group.map((one) => one.name) },
  );
}

const find = (entries: readonly Entry[], name: string): Entry | undefined =>
  entries.find((entry) => entry.name === name || entry.aliases?.includes(name));

async function runVerb(verb: Command, path: string, line: readonly string[], values: Globals): Promise<void> {
  try {
    const { values: flags, given, words } = readFlags(verb.flags, line, verb.stopsAtWord);
    if (given.has(HELP)) return await help(verb, path);
    if (isWrong(verb, words.length)) throw await wrongWords(verb, path);
    const client = clientOf(values);
    if (verb.onlyPrints) endUnread();
    const code = await verb.run({ client, flags, given, words, path });
    if (code) exitWith(code);
  } catch (error) {
    await report(error, path, verb.usage);
  }
}

async function help(verb: Command, path: string): Promise<void> {
  const [{ helpText }, { printHelp }] = await Promise.all([import('./usage.ts'), import('../narrow.ts')]);
  printHelp(helpText(verb, path));
}

async function wrongWords(verb: Command, path: string): Promise<CommandFailure> {
  const { wordsComplaint } = await import('./usage.ts');
  return new CommandFailure(wordsComplaint(verb, path));
}

const isWrong = ({ words: [least, most] }: Command, count: number): boolean => count < least || count > most;

/** Prints what went wrong as Docker does, and sets the exit code. */
async function report(error: unknown, path: string, usage: string): Promise<void> {
  if (error instanceof UsageFailure) {
    const { usageLine } = await import('./usage.ts');
    process.stderr.write(
      `${error.message}\n\n${usageLine(usage, path)}\n\nRun '${path} --help' for more information\n`,
    );
    await suggest(error.mistyped);
    return exitWith(OWN_FAILURE);
  }
  if (!(error instanceof DrydockError)) throw error;
  process.stderr.write(`${error.message}\n`);
  const isForAll = error instanceof CommandFailure && error.isHintForAll;
  if (error.hint && (isForAll || process.stderr.isTTY)) process.stderr.write(hintText(error.hint));
  if (error instanceof UnknownVerb) await suggest(error.mistyped);
  exitWith(error instanceof CommandFailure ? error.exitCode : 1);
}

/** Told to people alone, as most hints here: a script sees what Docker says. */
async function suggest(mistyped: Mistyped | undefined): Promise<void> {
  if (!mistyped || !process.stderr.isTTY) return;
  const { nearest } = await import('../../nearest.ts');
  const meant = nearest(mistyped.word, mistyped.names);
  if (meant !== undefined) process.stderr.write(hintText(`did you mean ${meant}?`));
}

async function overview(): Promise<void> {
  const [{ overview: text }, { printHelp }] = await Promise.all([import('../help.ts'), import('../narrow.ts')]);
  printHelp(text());
}
