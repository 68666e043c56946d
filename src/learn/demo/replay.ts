/**
 * Shows a recording again, where nobody is root: the same lines, drawn by the same functions, in the same order. Nothing
 * runs, and the first line says so.
 *
 * Recordings lie in dist/recordings, one file for each lesson; `npm run record` makes them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../../errors.ts';
import { projectHome } from '../../linux/native.ts';
import { apart } from '../look.ts';
import { placeInCourse } from '../lessons.ts';
import { askedFor } from './keyboard.ts';
import type { PlayOptions } from './player.ts';
import type { RecordedScene, Recording } from './recording.ts';
import { drawLine, hung, keysText, titleText, turnText } from './screen.ts';

/** The recording of a lesson's demo, if there is one. */
export function findRecording(lesson: string, folder = join(projectHome(), 'dist/recordings')): Recording | undefined {
  const file = join(folder, `${lesson}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Recording) : undefined;
}

/** The same, for somebody who asked for it. Throws NO_SUCH_LESSON. */
export function recordingOf(lesson: string): Recording {
  const found = findRecording(lesson);
  if (found) return found;
  throw new DrydockError('NO_SUCH_LESSON', `the demo of lesson '${lesson}' is not recorded here`, {
    hint: `as root: npm run record ${lesson}, then this again; or ./drydock demo ${lesson}, on real containers`,
  });
}

/** Shows it; with a keyboard it asks and waits as the demo does. */
export async function replay(
  { lesson, machine, question, scenes, left, turn }: Recording,
  { look, write, keyboard, command }: Pick<PlayOptions, 'look' | 'write' | 'keyboard' | 'command'>,
): Promise<void> {
  const line = (text = ''): void => write(`${text}\n`);
  line(look.style.bold(apart(`$ ${command}`, `${placeInCourse(lesson)} · recorded: ${machine}`, look.columns)));
  line(hung('QUESTION  ', question, look));
  for (let at = 0; at < scenes.length; at++) {
    line();
    line(titleText(scenes[at]!.title, at, scenes.length, look));
    if ((await showScene(scenes[at]!)) === 'q') return;
    if (!keyboard) continue;
    const key = await pause();
    if (key === '\u0003') return;
    if (key === 'q' || key === '\u0004') {
      if (at < scenes.length - 1) return;
      break;
    }
    if (key === 'b') at = Math.max(at - 1, 0) - 1;
  }
  line();
  line(`LEFT BEHIND  processes ${left.processes} · mounts ${left.mounts} · cgroups ${left.cgroups}`);
  line(turnText(turn, look));

  async function showScene({ guess, lines }: RecordedScene): Promise<string> {
    if (guess) write(askedFor(guess, keyboard, look.columns));
    const answer = guess && keyboard ? await keyboard.line() : '';
    if (answer !== 'q') for (const one of lines) line(drawLine(one, look));
    return answer;
  }
  async function pause(): Promise<string> {
    write(keysText([], look));
    const key = await keyboard!.key();
    line();
    return key;
  }
}
