/**
 * Plays a demo: scene after scene, with a guess before and a pause after each one on a terminal.
 *
 * Everything that a scene starts lives until the next scene, so that the pause can be used to look around, and is gone
 * at the end, also after Ctrl-C. Only what the scene itself has started is ever ended.
 */
import { spawnSync, type ChildProcess } from 'node:child_process';
import { endByHangUp } from '../../hangup.ts';
import { placeInCourse } from '../lessons.ts';
import { apart, type Look } from '../look.ts';
import { openStage, type LabContainer, type Stage } from '../stage.ts';
import type { Demo, Show } from './demo.ts';
import { askedFor, type Keyboard } from './keyboard.ts';
import type { Line, Recorder } from './recording.ts';
import { drawLine, hung, keysText, oneLine, titleText, turnText } from './screen.ts';
import { endAll, startOutsider } from './target.ts';

export interface PlayOptions {
  readonly look: Look;
  readonly write: (text: string) => void;
  /** Absent: nobody waits, nobody is asked. */
  readonly keyboard?: Keyboard;
  /** The command line that started it, as it is shown. */
  readonly command: string;
  /** Hears whatever is shown. */
  readonly recorder?: Recorder;
  /** Shows the steps that have made a container (key x). */
  readonly steps?: (container: LabContainer) => Promise<void>;
}

/** How it ended. */
export type Ending = 'played' | 'left' | 'interrupted';

class Interrupted extends Error {}

/** Plays a demo to its end, or until somebody leaves. Throws what a container cannot do on this machine. */
export async function play(demo: Demo, options: PlayOptions): Promise<Ending> {
  const stage = await openStage(`demo-${demo.lesson}`);
  const interruption = interruptions();
  try {
    return await playAll(demo, stage, options, interruption);
  } finally {
    // Not before all is said: Ctrl-C comes twice to one in a dock, from the terminal and passed on.
    interruption.stop();
  }
}

async function playAll(demo: Demo, stage: Stage, options: PlayOptions, interruption: Interruption): Promise<Ending> {
  const { look, write } = options;
  const line = (text = ''): void => write(`${text}\n`);
  line(
    look.style.bold(
      apart(`$ ${options.command}`, `${placeInCourse(demo.lesson)} · about ${demo.seconds} s`, look.columns),
    ),
  );
  line(hung('QUESTION  ', demo.question, look));
  let ending: Ending = 'played';
  try {
    for (let at = 0; at < demo.scenes.length;) {
      line();
      const step = await playScene(demo, at, stage, options, interruption);
      if (step === 'quit') {
        ending = 'left';
        break;
      }
      at = step === 'back' ? Math.max(at - 1, 0) : at + 1;
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    ending = 'interrupted';
    line();
  } finally {
    await stage.close();
  }
  const left = await stage.leftBehind();
  options.recorder?.left(left);
  const { processes, mounts, cgroups } = left;
  const isClean = processes + mounts + cgroups === 0;
  const counted = `LEFT BEHIND  processes ${processes} · mounts ${mounts} · cgroups ${cgroups}`;
  line();
  line(isClean ? apart(counted, 'GOOD', look.columns) : apart(counted, 'BAD: see ./drydock doctor', look.columns));
  if (ending === 'played') line(turnText(demo.turn, look));
  return ending;
}

type Next = 'on' | 'back' | 'quit';

async function playScene(
  demo: Demo,
  at: number,
  stage: Stage,
  options: PlayOptions,
  interruption: Interruption,
): Promise<Next> {
  const scene = demo.scenes[at]!;
  const { write, look, keyboard } = options;
  const containers: LabContainer[] = [];
  const outsiders: ChildProcess[] = [];
  write(`${titleText(scene.title, at, demo.scenes.length, look)}\n`);
  options.recorder?.scene(scene);
  let playing: Promise<void> | undefined;
  try {
    if (scene.guess && (await guessed(scene.guess, options, interruption.happens)) === 'q') return 'quit';
    playing = scene.play(showOf(stage, options, containers, outsiders, interruption));
    await Promise.race([playing, interruption.happens]);
    const next = keyboard ? await pause(keyboard, options, containers.at(-1), interruption.happens) : 'on';
    // Whoever leaves behind the last scene has seen all of it, and wants to know how it goes on.
    return next === 'quit' && at === demo.scenes.length - 1 ? 'on' : next;
  } finally {
    await tidy(containers, outsiders);
    // One that was interrupted is in the middle of something, and may have started more when it comes to an end.
    await playing?.catch(() => undefined);
    await tidy(containers, outsiders);
  }
}

async function tidy(containers: LabContainer[], outsiders: ChildProcess[]): Promise<void> {
  endAll(outsiders);
  for (const one of containers.splice(0)) await one.remove();
}

/** What was guessed; `q` leads out, as everywhere else. */
async function guessed(
  question: string,
  { write, keyboard, look }: PlayOptions,
  interrupted: Promise<never>,
): Promise<string> {
  write(askedFor(question, keyboard, look.columns));
  return keyboard ? await Promise.race([keyboard.line(), interrupted]) : '';
}

async function pause(
  keyboard: Keyboard,
  options: PlayOptions,
  container: LabContainer | undefined,
  interrupted: Promise<never>,
): Promise<Next> {
  const keys = keysText(container ? ['[s] shell inside', '[x] steps'] : [], options.look);
  for (;;) {
    options.write(keys);
    const key = await Promise.race([keyboard.key(), interrupted]);
    options.write('\n');
    if (key === 'q' || key === '\u0004') return 'quit';
    if (key === '\u0003') throw new Interrupted();
    if (key === 'b') return 'back';
    if (key === '\r' || key === '\n' || key === ' ') return 'on';
    if (!container) continue;
    if (key === 'x') await options.steps?.(container);
    if (key === 's') {
      options.write(` inside  # (exit, or Ctrl-D, leads back)\n`);
      await keyboard.lend(() => container.shell());
    }
  }
}

function showOf(
  stage: Stage,
  { look, write, recorder }: PlayOptions,
  containers: LabContainer[],
  outsiders: ChildProcess[],
  interruption: Interruption,
): Show {
  const tell = (line: Line): void => {
    interruption.check(); // its containers are being removed: what it would say now is about nothing
    write(`${drawLine(line, look)}\n`);
    recorder?.line(line);
  };
  return {
    async container(options) {
      interruption.check();
      const container = await stage.run(options);
      containers.push(container);
      return container;
    },
    async outsider([program = '', ...args]) {
      interruption.check();
      return startOutsider(program, args, outsiders);
    },
    async outside(command, verdict) {
      interruption.check();
      const ran = spawnSync('sh', ['-c', command], { encoding: 'utf8', timeout: 10_000 });
      if (ran.pid === 0) throw ran.error!; // no shell in PATH, as far as the dock shows it
      const answer = oneLine((ran.stdout + ran.stderr).replace(/^sh: (line )?\d+: /gm, ''));
      tell({ kind: 'outside', command, answer, verdict: verdict?.(answer) });
      return answer;
    },
    async inside(container, command, verdict) {
      interruption.check();
      const { output } = await container.inside(['sh', '-c', command]);
      const answer = oneLine(output.replace(/^sh: /gm, ''));
      tell({ kind: 'inside', command, answer, verdict: verdict?.(answer) });
      return answer;
    },
    fact: (label, text, verdict) => tell({ kind: 'fact', label, text, verdict }),
    plus: (text, place) => tell({ kind: 'plus', text, place }),
    why: (text) => tell({ kind: 'why', text }),
  };
}

/** Ctrl-C and its like. */
interface Interruption {
  /** Is rejected when it comes. */
  readonly happens: Promise<never>;
  /** Throws when it has come. */
  check(): void;
  /** Leaves the signals to their default again. */
  stop(): void;
}

function interruptions(): Interruption {
  let reject: (error: Error) => void;
  let happened = false;
  const happens = new Promise<never>((_, no) => (reject = no));
  happens.catch(() => undefined);
  const on = (signal: NodeJS.Signals): void => {
    if (signal === 'SIGHUP') endByHangUp();
    happened = true;
    reject(new Interrupted());
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  signals.forEach((signal) => process.on(signal, on));
  return {
    happens,
    check() {
      if (happened) throw new Interrupted();
    },
    stop: () => signals.forEach((signal) => process.off(signal, on)),
  };
}
