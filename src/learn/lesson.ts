/**
 * What a lesson is, apart from its chapter: its question, its slots and its hints. Data, so that the workspace, the
 * checks, the book and the author's checker read the same.
 */

/** A function of the real source that the learner writes anew. */
export interface Slot {
  /** File and symbol, below src/runtime or else below src: `isolators/pid.ts#namespaces`, `network/link/veth.ts#move`. */
  readonly name: string;
  /** The real file, relative to the project. */
  readonly source: string;
  /** Where the learner has it, relative to the lesson's folder in the workspace. */
  readonly file: string;
  /** What it does, as a line in a list. */
  readonly title: string;
  readonly minutes: number;
  /** What the comment in the empty function says; `TODO:` is put in front of the first line. */
  readonly todo: readonly string[];
  /** Code that compiles and does not pass. */
  readonly body: readonly string[];
  /** Another way to solve the same: a file of its own instead of the slot. */
  readonly instead?: Alternative;
}

/** The same task in TypeScript, for a slot that is written in C. */
export interface Alternative {
  /** Relative to the lesson's folder. It counts once the learner has changed it. */
  readonly file: string;
  /** Name of the exported function. */
  readonly symbol: string;
  readonly starter: string;
}

export interface Lesson {
  /** Its identity: commands, links and progress use it. */
  readonly name: string;
  readonly number: number;
  readonly title: string;
  readonly minutes: number;
  readonly question: string;
  /** Lessons that should have been understood before. */
  readonly requires: readonly string[];
  readonly slots: readonly Slot[];
  /** The exercise in a few lines: what README.md in the workspace says. */
  readonly task: readonly string[];
  /** Three hints that need no check to have been run. */
  readonly hints: readonly string[];
}

/** Where in the project a lesson's folder lies while its files are compiled: `../plan.ts` means the same in both. */
export function placeInSource({ source, file }: Pick<Slot, 'source' | 'file'>): string {
  return source.endsWith(`/${file}`) ? source.slice(0, -file.length - 1) : 'src/runtime';
}

/** The part of a slot's name after `#`. */
export function symbolOf(slot: Pick<Slot, 'name'>): string {
  return slot.name.slice(slot.name.indexOf('#') + 1);
}

/** The learner's files of a lesson, each once. */
export function filesOf(lesson: Lesson): string[] {
  return [...new Set(lesson.slots.flatMap(({ file, instead }) => (instead ? [file, instead.file] : [file])))];
}
