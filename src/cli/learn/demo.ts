/**
 * `drydock demo [LESSON]`: what the lesson is about, on real containers. `--break-it` plays the lesson's attacks.
 */
import type { CommandModule } from 'yargs';
import { play } from '../../learn/demo/player.ts';
import { keyboardOf } from '../../learn/demo/keyboard.ts';
import { docked } from '../../learn/dock.ts';
import { findLesson, written } from '../../learn/lessons.ts';
import type { LabContainer } from '../../learn/stage.ts';
import { exitWith } from '../exit.ts';
import { lookOf } from '../output.ts';
import { explainPlan } from '../local/explain.ts';

interface Arguments {
  lesson?: string;
  auto?: boolean;
  breakIt?: boolean;
  plain?: boolean;
}

const SECONDS = 1800;

export const verb: CommandModule<object, Arguments> = {
  command: 'demo [lesson]',
  describe: 'watch what a lesson is about',
  builder: (yargs) =>
    yargs
      .positional('lesson', { type: 'string', describe: 'name of the lesson; the first one that has a demo' })
      .option('auto', { type: 'boolean', describe: 'do not wait for keys' })
      .option('break-it', { type: 'boolean', describe: 'what can be broken, and what stops it' })
      .example('$0 demo pid', 'key by key; without a terminal it plays by itself')
      .example('$0 demo pid --break-it', 'what can be broken, and what stops it'),
  async handler({ lesson = written()[0]!.name, auto, breakIt, plain }) {
    const { parts } = findLesson(lesson);
    const code = await docked({ verb: 'demo', seconds: SECONDS });
    if (code !== undefined) return exitWith(code);
    const demo = await (breakIt ? parts.breakIt() : parts.demo());
    const isWatched = !auto && process.stdin.isTTY && process.stdout.isTTY;
    const keyboard = isWatched ? keyboardOf(process.stdin) : undefined;
    const look = { ...lookOf(process.stdout, { plain }), columns: 80 };
    const command = ['./drydock demo', lesson, ...(breakIt ? ['--break-it'] : [])].join(' ');
    try {
      const write = (text: string): void => void process.stdout.write(text);
      const steps = ({ id, spec, stack }: LabContainer): Promise<void> =>
        explainPlan(spec, { id, stack, terminal: false }, { plain });
      const ending = await play(demo, { look, write, keyboard, command, steps });
      if (ending === 'interrupted') exitWith(130);
    } finally {
      keyboard?.close();
    }
  },
};
