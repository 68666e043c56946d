/**
 * `drydock check LESSON`: the real runtime with the learner's functions in it, and what the kernel says about that.
 *
 * Exit code 0 when all checks hold, 1 when one does not. Each run is a commit in the workspace: `pid: 3/10`.
 */
import { once } from 'node:events';
import type { ArgumentsCamelCase, CommandModule } from 'yargs';
import { DrydockError } from '../../errors.ts';
import { besideText } from '../../learn/beside.ts';
import { heading, ending, passed, resultText } from '../../learn/check/report.ts';
import { checkOnce, warmUp, type Checked } from '../../learn/check/once.ts';
import type { RunOptions } from '../../learn/check/runner.ts';
import { keyboardOf } from '../../learn/demo/keyboard.ts';
import { docked } from '../../learn/dock.ts';
import { placeOfNextHint } from '../../learn/hint.ts';
import type { Lesson } from '../../learn/lesson.ts';
import { findLesson } from '../../learn/lessons.ts';
import { currentLesson } from '../../learn/progress.ts';
import { update, updateText } from '../../learn/update.ts';
import { asRecord } from '../../learn/watch/record.ts';
import { requireBegun, workspace } from '../../learn/workspace.ts';
import { endNow, exitWith } from '../exit.ts';
import { inVm, wentThere } from '../in-vm.ts';
import { narrowLook } from '../output.ts';

interface Arguments {
  lesson?: string;
  only?: string;
  ts?: boolean;
  keep?: boolean;
  json?: boolean;
  plain?: boolean;
  warm?: boolean;
  inVm?: boolean;
}

const SECONDS = 300;

export const verb: CommandModule<object, Arguments> = {
  command: 'check [lesson]',
  describe: 'ask the kernel about your work',
  builder: (yargs) =>
    yargs
      .positional('lesson', { type: 'string', describe: 'name of the lesson; the one that you are at' })
      .option('only', { type: 'string', requiresArg: true, describe: 'only checks with this in their title' })
      .option('ts', { type: 'boolean', describe: 'judge the TypeScript alternative' })
      .option('keep', { type: 'boolean', describe: 'stop at the first failure, with a shell in its container' })
      .option('json', { type: 'boolean', describe: 'the results as JSON' })
      .option('warm', { type: 'boolean', hidden: true, describe: 'make ready, then wait for a line; for watch' })
      .options(inVm)
      .example('$0 check pid', 'all that the kernel has to confirm')
      .example('$0 check pid --only orphans', 'what has this word in its title'),
  async handler(argv) {
    const work = workspace();
    const name = argv.lesson ?? currentLesson(work);
    const { parts } = findLesson(name);
    const [lesson, checks] = [await parts.lesson(), await parts.checks()];
    requireBegun(work, lesson);
    if (argv.keep && !(process.stdin.isTTY && process.stdout.isTTY))
      throw new DrydockError('BAD_USAGE', '--keep needs a terminal: it waits for your keys');
    if (await wentThere(argv)) return;
    const code = await docked({ verb: `check ${name}`, seconds: argv.keep ? KEPT_SECONDS : SECONDS });
    if (code !== undefined) return exitWith(code);
    if (argv.warm) {
      await warmUp(work, lesson);
      if (!(await toldToGo())) return;
    }
    const updated = updateText(await update(work, lesson), lesson);
    if (!argv.json) updated.forEach((line) => process.stderr.write(`${line}\n`));
    const options: RunOptions = {
      only: argv.only,
      typescript: argv.ts,
      onFailed: argv.keep ? lookAround(argv) : undefined,
    };
    const checked = await checkOnce(work, lesson, checks, options);
    show(lesson, checked, argv);
    if (process.exitCode !== 0 && !argv.json)
      (await besideText(work, lesson)).forEach((line) => process.stderr.write(`note: ${line}\n`));
    await endNow();
  },
};

/** How long somebody may look at a container that was kept. */
const KEPT_SECONDS = 1800;

/** Whoever has started us wants the checks now; false when they have gone. */
async function toldToGo(): Promise<boolean> {
  const word = await Promise.race([once(process.stdin, 'data'), once(process.stdin, 'end')]);
  process.stdin.pause();
  return word.length > 0;
}

/** Shows a failure while its container still runs, and waits. */
function lookAround({ plain }: Arguments): NonNullable<RunOptions['onFailed']> {
  const keyboard = keyboardOf(process.stdin);
  return async (result, containers) => {
    const look = narrowLook(process.stdout, { plain });
    process.stdout.write(`${resultText(result, look)}\n`);
    const container = containers.at(-1);
    for (;;) {
      const keys = container ? '[s] a shell in its container  [Enter] on' : '[Enter] on: it has no container';
      process.stdout.write(look.style.dim(` ${keys} `));
      const key = await keyboard.key();
      process.stdout.write('\n');
      if (key === 's' && container) await keyboard.lend(() => container.shell());
      else if (['\r', '\n', 'q', '\u0003', '\u0004'].includes(key)) return;
    }
  };
}

function show(lesson: Lesson, { results, noHistory }: Checked, argv: ArgumentsCamelCase<Arguments>): void {
  exitWith(passed(results) === results.length ? 0 : 1);
  if (noHistory) process.stderr.write(`drydock: the attempt was not kept: ${noHistory}\n`);
  if (argv.warm) return void process.stdout.write(asRecord(results));
  if (argv.json) return void process.stdout.write(`${JSON.stringify({ lesson: lesson.name, results }, null, 2)}\n`);
  const look = narrowLook(process.stdout, argv);
  const lines = [
    heading(lesson, results, look),
    ...results.map((one) => resultText(one, look)),
    ending(lesson, results, look, placeOfNextHint(workspace())),
  ];
  process.stdout.write(`${lines.filter(Boolean).join('\n')}\n`);
}
