/** What the command line of a benchmark may say; `--help` tells it, and what it does not know is refused. */
import yargs, { type Options as Described } from 'yargs';

const known = {
  rounds: { type: 'number', describe: 'how often each is measured, once more to begin with', requiresArg: true },
  json: { type: 'boolean', describe: 'numbers for a program' },
  only: { type: 'string', describe: 'those whose name has this in it, a regular expression', requiresArg: true },
  folder: { type: 'string', describe: 'where everything is made: its file system is measured, too', requiresArg: true },
} as const satisfies Record<string, Described>;

export interface BenchOptions {
  readonly rounds: number;
  readonly json: boolean;
  readonly only: RegExp;
  readonly folder?: string;
  readonly flags: ReadonlySet<string>;
}

/** `flags` are those that this benchmark alone has, each with what it means. */
export function benchOptions(
  script: string,
  about: string,
  rounds: number,
  takes: readonly (keyof typeof known)[],
  flags: Readonly<Record<string, string>> = {},
): BenchOptions {
  const own = Object.entries(flags).map(([name, describe]) => [name, { type: 'boolean', describe }] as const);
  const shared = (['rounds', ...takes] as const).map((name) => [name, known[name]] as const);
  const argv = yargs(process.argv.slice(2))
    .scriptName(`npm run ${script} --`)
    .usage(`$0 [OPTIONS]\n\n${about}`)
    .options(Object.fromEntries([...shared, ...own]))
    .default('rounds', rounds)
    .check((given) => {
      if (Number.isInteger(given.rounds) && given.rounds > 0) return true;
      throw new Error('--rounds is a whole number from 1 up');
    })
    .version(false)
    .strict()
    .parseSync() as Record<string, unknown>;
  return {
    rounds: argv.rounds as number,
    json: argv.json === true,
    only: new RegExp((argv.only as string | undefined) ?? '.'),
    folder: argv.folder as string | undefined,
    flags: new Set(Object.keys(flags).filter((name) => argv[name] === true)),
  };
}
