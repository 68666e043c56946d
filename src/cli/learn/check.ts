/**
 * `drydock check LESSON`: the real runtime with the learner's functions in it, and what the kernel says about that.
 *
 * Exit code 0 when all checks hold, 1 when one does not. Each run is a commit in the workspace: `pid: 3/10`.
 */
import { writeSync } from 'node:fs';
import type { CommandModule } from 'yargs';
import { heading, ending, passed, resultText } from '../../learn/check/report.ts';
import { runChecks, type Result, type RunOptions } from '../../learn/check/runner.ts';
import { docked } from '../../learn/dock.ts';
import { commit } from '../../learn/git.ts';
import { findLesson, written } from '../../learn/lessons.ts';
import { saveLast, saveResults } from '../../learn/progress.ts';
import { watchdog } from '../../learn/watchdog.ts';
import { requireBegun, workspace } from '../../learn/workspace.ts';
import { exitWith } from '../exit.ts';
import { lookOf } from '../output.ts';

interface Arguments {
  lesson?: string;
  only?: string;
  ts?: boolean;
  json?: boolean;
  plain?: boolean;
}

const SECONDS = 300;

export const verb: CommandModule<object, Arguments> = {
  command: 'check [lesson]',
  describe: 'ask the kernel about your work',
  builder: (yargs) =>
    yargs
      .positional('lesson', { type: 'string', describe: 'name of the lesson' })
      .option('only', { type: 'string', describe: 'only checks with this in their title' })
      .option('ts', { type: 'boolean', describe: 'judge the TypeScript alternative' })
      .option('json', { type: 'boolean', describe: 'the results as JSON' })
      .example('$0 check pid', 'all that the kernel has to confirm')
      .example('$0 check pid --only orphans', 'what has this word in its title'),
  async handler({ lesson: name = written()[0]!.name, only, ts, json, plain }) {
    const { parts } = findLesson(name);
    const [lesson, checks] = [await parts.lesson(), await parts.checks()];
    const work = workspace();
    requireBegun(work, lesson);
    const code = await docked({ verb: `check ${name}`, seconds: SECONDS });
    if (code !== undefined) return exitWith(code);

    const results = await guarded((onBegin) => runChecks(work, lesson, checks, { only, typescript: ts, onBegin }));
    saveLast(work, lesson, results);
    // A part of the checks says nothing about the rest.
    if (only === undefined) saveResults(work, lesson, results);
    const noHistory = commit(work, `${name}: ${passed(results)}/${results.length}`);
    exitWith(passed(results) === results.length ? 0 : 1);
    if (json) return void process.stdout.write(`${JSON.stringify({ lesson: name, results }, null, 2)}\n`);
    const look = { ...lookOf(process.stdout, { plain }), columns: 80 };
    const lines = [
      heading(lesson, results, look),
      ...results.map((one) => resultText(one, look)),
      ending(lesson, results, look),
    ];
    process.stdout.write(`${lines.filter(Boolean).join('\n')}\n`);
    if (noHistory) process.stderr.write(`drydock: the attempt was not kept: ${noHistory}\n`);
  },
};

/** Runs a learner's code so that also a loop without end, or a process.exit() in it, ends with a sentence. */
async function guarded(work: (onBegin: NonNullable<RunOptions['onBegin']>) => Promise<Result[]>): Promise<Result[]> {
  const guard = watchdog();
  let doing = '';
  const left = (): void => {
    process.exitCode = 1;
    writeSync(2, `drydock: your code has ended the whole check (process.exit) during "${doing}"\n`);
  };
  process.on('exit', left);
  try {
    return await work((what, seconds) => guard.doing((doing = what), seconds));
  } finally {
    process.off('exit', left);
    await guard.stop();
  }
}
