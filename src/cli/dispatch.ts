/**
 * From a table of verbs and the words of a command line to the one verb that was meant.
 *
 * Only that verb's module is evaluated, and yargs sees only its options: every start pays for what it uses. A verb whose
 * words belong to the container from the first non-option on (`try ls -l`) says so in its table entry.
 */
import type { Argv, CommandModule } from 'yargs';
import { DrydockError } from '../errors.ts';
import { didYouMean, nearest } from '../nearest.ts';

export interface Verb {
  readonly name: string;
  /** One line for the list of verbs. */
  readonly summary: string;
  /** From the first word that is no option on, everything is the container's command line: `argv._`. */
  readonly passesOn?: boolean;
  /** Exit code when the work fails (not when the command line is wrong): Docker has 1 for most verbs. */
  readonly failure?: number;
  // The module checks its own options; here every shape of them is welcome.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  load(): Promise<CommandModule<any, any>>;
}

/** What all verbs understand. */
const common = {
  help: { alias: 'h', type: 'boolean', describe: 'show this help' },
  plain: { type: 'boolean', describe: 'no colour, nothing drawn: for screen readers and files' },
} as const;

/** How this command's errors are to be printed: as the person asked, once that is known. */
export const manner: { json: boolean; plain: boolean; failure?: number } = { json: false, plain: false };

/** Finds a verb by name. Throws BAD_USAGE with `elsewhere`, or the nearest one, also of the names in `besides`. */
export function find(verbs: readonly Verb[], name: string, besides: readonly string[] = [], elsewhere?: string): Verb {
  const verb = verbs.find((candidate) => candidate.name === name);
  if (verb) return verb;
  const names = [...verbs.map((candidate) => candidate.name), ...besides];
  if (name.startsWith('-')) throw misplaced(name, besides);
  throw new DrydockError('BAD_USAGE', `there is no verb '${name}'`, { hint: elsewhere ?? didYouMean(name, names) });
}

function misplaced(option: string, known: readonly string[]): DrydockError {
  const guess = nearest(option, known);
  return new DrydockError('BAD_USAGE', `there is no option '${option}' before a verb`, {
    hint: guess ? `did you mean ${guess}?` : 'a verb comes first, and its options behind it; see: drydock --help',
  });
}

/** Runs a verb with the words after it. `path` is how it is called: `drydock oci create`. */
export async function run(verb: Verb, words: readonly string[], path: string): Promise<void> {
  const [{ default: yargs }, module] = await Promise.all([import('yargs'), verb.load()]);
  const usage = String(module.command).replace(/^\S+/, '');
  manner.failure = verb.failure;
  const parser: Argv = yargs([])
    .scriptName('drydock')
    .locale('en')
    .parserConfiguration({
      'boolean-negation': false,
      'halt-at-non-option': verb.passesOn === true,
      'parse-positional-numbers': false,
    })
    .usage(`${path}${usage}\n\n${String(module.describe)}`)
    .help(false)
    .version(false)
    .exitProcess(false)
    .fail((message, error) => {
      throw error && error.name !== 'YError'
        ? error
        : badUsage(message || error.message, parser, { path, usage, words });
    })
    .options(common)
    .middleware((argv) => lastWins(argv, repeatable(parser, usage)), true);
  const help = async (): Promise<void> => {
    const { FULL_WIDTH, helpWidth, printHelp } = await import('./narrow.ts');
    // Folded by us where it must be: yargs breaks words in narrow columns.
    parser.wrap(helpWidth() < FULL_WIDTH ? null : FULL_WIDTH);
    printHelp(`${await parser.getHelp()}\n`);
  };
  // Where words are passed on, `try ls --help` asks ls; there the parser has to find out whom a --help belongs to.
  const handler: CommandModule['handler'] = (argv) => {
    Object.assign(manner, { json: argv.json === true, plain: argv.plain === true });
    return argv.help ? help() : module.handler(argv);
  };
  if (verb.passesOn) {
    // Words that are passed on are nobody's positionals: they stay in `argv._`, and no command of yargs' is needed.
    const whole = (module.builder as (yargs: Argv) => Argv)(parser).strictOptions();
    return void (await handler(await whole.parseAsync(parted(words, whole))));
  }
  parser.command({ ...module, command: `$0${usage}`, handler });
  if (words.some((word) => word === '--help' || word === '-h')) return help();
  await parser.strict().parseAsync([...words]);
}

/**
 * The words with `--explain true` made `--explain=true true`: yargs would take the word for the option's value, and it is
 * the container's program.
 */
function parted(words: readonly string[], parser: Argv): string[] {
  const { boolean, alias } = optionsOf(parser);
  const flags = new Set(boolean.flatMap((name) => [name, ...(alias[name] ?? [])]).map(dashed));
  const out: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === '--' || !word.startsWith('-')) return [...out, ...words.slice(i)];
    const single = /^-\w{2,}$/.test(word) ? word.slice(1).split('').map(dashed) : [word];
    if (single.every((one) => flags.has(one))) out.push(...single.map((one) => `${one}=true`));
    else out.push(word, ...(word.includes('=') ? [] : words.slice(++i, i + 1)));
  }
  return out;
}

interface CommandLine {
  path: string;
  /** The words that the verb takes: ` <id> [signal]`. */
  usage: string;
  words: readonly string[];
}

/** What is wrong with the words themselves, in yargs' words and in ours. */
const sentences: readonly (readonly [RegExp, (...found: string[]) => string])[] = [
  [/^Not enough arguments following: (\S+)/, (name) => `${dashed(name)} needs a value`],
  [
    /Argument: (\S+), Given: (.*), Choices: (.*)/,
    (name, given, choices) => `${dashed(name)} is one of ${choices}, not ${given}`,
  ],
];

function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

/** yargs' sentence, with the word that is missing or the option that was probably meant. */
function badUsage(message: string, parser: Argv, { path, usage, words }: CommandLine): DrydockError {
  const see = `see: ${path} --help`;
  const missing = missingWord(message, usage);
  if (missing)
    return new DrydockError('BAD_USAGE', `${path}: ${missing} is missing`, { hint: `${path}${usage}; ${see}` });
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/.exec(message)?.[1]?.split(', ')[0];
  if (unknown === undefined) return new DrydockError('BAD_USAGE', `${path}: ${sentence(message)}`, { hint: see });
  const option = dashed(unknown);
  if (words.includes(unknown) && !words.some((word) => word.startsWith(option)))
    return new DrydockError('BAD_USAGE', `${path}: '${unknown}' is one word too many`, {
      hint: `${path}${usage}; ${see}`,
    });
  const guess = nearest(unknown, optionNames(parser));
  return new DrydockError('BAD_USAGE', `${path} does not know '${option}'`, {
    hint: guess ? `did you mean ${dashed(guess)}?` : see,
  });
}

/** Which of the words that a verb needs nobody has typed: `<id>`. */
function missingWord(message: string, usage: string): string | undefined {
  const [, got] = /^Not enough non-option arguments: got (\d+)/.exec(message) ?? [];
  return got === undefined ? undefined : usage.match(/<\w+(?:\.\.)?>/g)?.[Number(got)];
}

function sentence(message: string): string {
  for (const [pattern, say] of sentences) {
    const match = pattern.exec(message);
    if (match) return say(...match.slice(1));
  }
  return message.split('\n')[0]!;
}

/** Of an option that is given twice the last one counts; yargs makes a list of them, which only some verbs expect. */
function lastWins(argv: Record<string, unknown>, lists: ReadonlySet<string>): void {
  for (const [name, value] of Object.entries(argv))
    if (Array.isArray(value) && !lists.has(name)) argv[name] = value.at(-1);
}

/** What may be a list: options that say so, and the words, also those with a name (`<images..>`). */
function repeatable(parser: Argv, usage: string): ReadonlySet<string> {
  const { array, alias } = optionsOf(parser);
  const names = array.flatMap((name) => [name, ...(alias[name] ?? [])]);
  const words = [...usage.matchAll(/(\w+)\.\./g)].map(([, name]) => name!);
  return new Set(['_', '--', ...words, ...names, ...names.map(camelCase)]);
}

/** yargs knows each option by this name, too: `additional-gids` as `additionalGids`. */
function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function optionNames(parser: Argv): string[] {
  const { key, hiddenOptions } = optionsOf(parser);
  return Object.keys(key).filter((name) => !hiddenOptions.includes(name));
}

interface ParserOptions {
  key: object;
  hiddenOptions: string[];
  array: string[];
  boolean: string[];
  alias: Record<string, string[]>;
}

/** How yargs' own completion finds them; its types do not list it. */
function optionsOf(parser: Argv): ParserOptions {
  return (parser as unknown as { getOptions(): ParserOptions }).getOptions();
}
