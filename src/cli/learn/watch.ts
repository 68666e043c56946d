/** `drydock watch [LESSON]`: checks at every save, and answers to single keys. */
import type { CommandModule } from 'yargs';
import { DrydockError } from '../../errors.ts';
import { keyboardOf } from '../../learn/demo/keyboard.ts';
import { changedText } from '../../learn/changed.ts';
import { nextHint } from '../../learn/hint.ts';
import type { Lesson } from '../../learn/lesson.ts';
import { findLesson } from '../../learn/lessons.ts';
import { currentLesson, nextLesson, readProgress } from '../../learn/progress.ts';
import { solutionText } from '../../learn/solution.ts';
import { Watch } from '../../learn/watch/watch.ts';
import { begin, requireBegun, workspace, type Workspace } from '../../learn/workspace.ts';
import { narrowLook } from '../output.ts';

export const verb: CommandModule<object, { lesson?: string; plain?: boolean }> = {
  command: 'watch [lesson]',
  describe: 'check at every save',
  builder: (yargs) =>
    yargs
      .positional('lesson', { type: 'string', describe: 'name of the lesson; the one that you are at' })
      .example('$0 watch pid', 'leave it beside your editor'),
  async handler({ lesson: name, plain }) {
    const work = workspace();
    const lesson = await findLesson(name ?? currentLesson(work)).parts.lesson();
    requireBegun(work, lesson);
    if (process.getuid!() !== 0)
      throw new DrydockError('NEEDS_ROOT', 'watch needs root: mount, pivot_root', {
        hint: 'sudo ./drydock watch; without root: read, begin, hint, progress',
      });
    const look = narrowLook(process.stdout, { plain });
    const keyboard = process.stdin.isTTY && process.stdout.isTTY ? keyboardOf(process.stdin) : undefined;
    const watch = new Watch(lesson, {
      work,
      look,
      keyboard,
      write: (text) => void process.stdout.write(text),
      show: {
        h: (one) => Promise.resolve(nextHint(work, one, look)),
        d: (one) => Promise.resolve(changedText(work, one, look.columns)),
        s: (one) => solutionText(work, one, false, look),
      },
      next: (one) => nextAfter(work, one),
    });
    try {
      await watch.run();
    } finally {
      keyboard?.close();
    }
  },
};

/** The next lesson that has not been passed, begun; or why this one is not left. */
async function nextAfter(work: Workspace, here: Lesson): Promise<Lesson | string> {
  if (!readProgress(work)[here.name]?.passed)
    return `${here.name} has not been passed yet: n goes on when all of its checks have held`;
  const lesson = await nextLesson(work, here)?.parts.lesson();
  if (!lesson) return 'every lesson has been passed: there is none to go on with';
  await begin(work, lesson);
  return lesson;
}
