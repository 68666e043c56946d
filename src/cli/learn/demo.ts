/**
 * `drydock demo [LESSON]`: what the lesson is about, on real containers. `--break-it` plays the lesson's attacks.
 */
import { release } from 'node:os';
import type { CommandModule } from 'yargs';
import { play } from '../../learn/demo/player.ts';
import { keyboardOf } from '../../learn/demo/keyboard.ts';
import { docked } from '../../learn/dock.ts';
import { recorder } from '../../learn/demo/recording.ts';
import { recordingOf, replay } from '../../learn/demo/replay.ts';
import { findLesson, lessons } from '../../learn/lessons.ts';
import type { LabContainer } from '../../learn/stage.ts';
import { exitWith } from '../exit.ts';
import { inVm, warnOnBareHost, wentThere } from '../in-vm.ts';
import { narrowLook } from '../output.ts';
import { explainPlan } from '../local/explain.ts';

interface Arguments {
  lesson?: string;
  auto?: boolean;
  breakIt?: boolean;
  plain?: boolean;
  json?: boolean;
  recorded?: boolean;
  inVm?: boolean;
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
      .option('json', { type: 'boolean', describe: 'play unseen, and write the recording' })
      .option('recorded', { type: 'boolean', describe: 'show a recording: needs no root, runs nothing' })
      .options(inVm)
      .example('$0 demo pid', 'key by key; without a terminal it plays by itself')
      .example('$0 demo pid --break-it', 'what can be broken, and what stops it')
      .example('$0 demo pid --break-it --in-vm', 'where nothing can be lost'),
  async handler(argv) {
    const { lesson = lessons[0]!.name, auto, breakIt, plain, json, recorded } = argv;
    const { parts } = findLesson(lesson);
    if (await wentThere(argv)) return;
    const tape = recorded ? recordingOf(lesson) : undefined;
    const code = tape ? undefined : await docked({ verb: 'demo', seconds: SECONDS });
    if (code !== undefined) return exitWith(code);
    if (breakIt && !tape) warnOnBareHost(lesson);
    const isWatched = !auto && !json && process.stdin.isTTY && process.stdout.isTTY;
    const keyboard = isWatched ? keyboardOf(process.stdin) : undefined;
    const words = Object.entries({ recorded, 'break-it': breakIt }).flatMap(([word, is]) => (is ? [` --${word}`] : []));
    const screen = {
      look: narrowLook(process.stdout, { plain }),
      write: (text: string): void => void (json || process.stdout.write(text)),
      keyboard,
      command: `./drydock demo ${lesson}${words.join('')}`,
    };
    try {
      if (tape) return await replay(tape, screen);
      const demo = await (breakIt ? parts.breakIt() : parts.demo());
      // Of one that is made in the same way: the cgroups of this one are in use, by itself.
      const steps = ({ id, spec, stack }: LabContainer): Promise<void> =>
        explainPlan(spec, { id: `${id}-again`, stack, terminal: false }, { plain });
      const recording = recorder();
      const ending = await play(demo, { ...screen, steps, recorder: recording });
      if (ending === 'interrupted') return exitWith(130);
      if (json) process.stdout.write(`${JSON.stringify(recording.recording(demo, machine()), null, 2)}\n`);
    } finally {
      keyboard?.close();
    }
  },
};

/** What the values of a recording depend on; no more of the release than its kernel has. */
function machine(): string {
  return `Linux ${release().split(/[^\d.]/)[0]}, ${process.arch}`;
}
