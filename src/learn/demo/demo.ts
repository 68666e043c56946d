/**
 * A demo: a question, a few scenes on real containers, and what is left behind.
 *
 * A scene says what it does through a Show, and whatever it shows has been captured from a process or from the kernel:
 * there is no way to print a value that was typed in.
 */
import type { LabContainer, LabOptions } from '../stage.ts';

export type Verdict = readonly ['GOOD' | 'BAD', why?: string];

export interface Demo {
  readonly lesson: string;
  /** How long it takes without pauses. */
  readonly seconds: number;
  readonly question: string;
  readonly scenes: readonly Scene[];
  /** What to do next: a command, and what it is about. */
  readonly turn: readonly [command: string, what: string];
}

export interface Scene {
  readonly title: string;
  /** Asked before anything is revealed. */
  readonly guess?: string;
  play(show: Show): Promise<void>;
}

/** What a scene can do. */
export interface Show {
  /** A container that lives until the next scene. */
  container(options: LabOptions): Promise<LabContainer>;
  /** A process of ours beside the container, ended with the scene at the latest. */
  outsider(args: readonly string[]): Promise<Outsider>;
  /** Runs a shell command beside the container and shows what it says. */
  outside(command: string, verdict?: (answer: string) => Verdict | undefined): Promise<string>;
  /** Runs a shell command in the container and shows what it says. */
  inside(container: LabContainer, command: string, verdict?: (answer: string) => Verdict | undefined): Promise<string>;
  /** A fact under a label. */
  fact(label: string, text: string, verdict?: Verdict): void;
  /** The place in the source that makes the difference. */
  plus(text: string, place: string): void;
  why(text: string): void;
}

export interface Outsider {
  readonly pid: number;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
}
