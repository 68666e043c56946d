/**
 * A demo as data: what it said, line by line, so that it can be shown again where nobody is root (the book).
 *
 * The invariant: every value in it was captured while the demo ran, by the same calls that write to the terminal. Only
 * what names this machine is taken out: where the project and its state lie, and an answer that is the host's name.
 */
import { hostname } from 'node:os';
import { projectHome } from '../../linux/native.ts';
import type { LeftBehind } from '../stage.ts';
import type { Demo, Scene, Verdict } from './demo.ts';

/** One thing that a scene shows. */
export type Line =
  | {
      readonly kind: 'outside' | 'inside';
      readonly command: string;
      readonly answer: string;
      readonly verdict?: Verdict;
    }
  | { readonly kind: 'fact'; readonly label: string; readonly text: string; readonly verdict?: Verdict }
  | { readonly kind: 'plus'; readonly text: string; readonly place: string }
  | { readonly kind: 'why'; readonly text: string };

export interface RecordedScene {
  readonly title: string;
  readonly guess?: string;
  readonly lines: readonly Line[];
}

export interface Recording {
  readonly format: 1;
  readonly lesson: string;
  readonly question: string;
  readonly seconds: number;
  /** `Linux 6.1, x64`. */
  readonly machine: string;
  readonly scenes: readonly RecordedScene[];
  readonly left: LeftBehind;
  readonly turn: readonly [command: string, what: string];
}

/** Hears what the player plays. */
export interface Recorder {
  scene(scene: Pick<Scene, 'title' | 'guess'>): void;
  line(line: Line): void;
  left(counts: LeftBehind): void;
  /** Once the demo has ended. */
  recording(demo: Demo, machine: string): Recording;
}

export function recorder(): Recorder {
  const scenes: { title: string; guess?: string; lines: Line[] }[] = [];
  let left: LeftBehind = { processes: 0, mounts: 0, cgroups: 0 };
  return {
    scene: ({ title, guess }) => void scenes.push({ title, guess, lines: [] }),
    line: (line) => void scenes.at(-1)?.lines.push(line),
    left: (counts) => void (left = counts),
    recording: ({ lesson, question, seconds, turn }, machine) =>
      anonymous({ format: 1, lesson, question, seconds, machine, scenes, left, turn }),
  };
}

/** Without what names this machine. What stands for it is marked as the chapters mark what differs. */
export function anonymous(recording: Recording): Recording {
  const names: [string | undefined, string][] = [
    [projectHome(), '‹drydock›'],
    [process.env.DRYDOCK_WORK, '‹drydock-work›'],
    [process.env.DRYDOCK_ROOT, '/var/lib/drydock'],
    [process.env.DRYDOCK_RUN, '/run/drydock'],
  ];
  return JSON.parse(JSON.stringify(recording), (key, value: unknown) => {
    if (typeof value !== 'string' || key === 'lesson') return value;
    const text = names.reduce((out, [name, mark]) => (name ? out.replaceAll(name, mark) : out), value);
    return text === hostname() ? '‹host›' : text;
  }) as Recording;
}
