/**
 * Which isolators a `try` is made of: all of them, those of the lessons up to one (`--upto`), or all but some
 * (`--without`). Both take the name of a lesson or of an isolator.
 */
import { DrydockError } from '../../errors.ts';
import {
  isolators,
  lessonIsolators,
  lessonsWithout,
  ownIsolators,
  type AnyIsolator,
} from '../../runtime/isolators/index.ts';
import { didYouMean } from '../../nearest.ts';

export interface Choice {
  upto?: string;
  without?: readonly string[];
}

export interface Chosen {
  readonly stack: readonly AnyIsolator[];
  /** Isolators that had to go because another one, which they need, went. */
  readonly fallen: readonly string[];
}

/** Isolators of each lesson in the course's order, also those that only a learner's stack can have. */
const ofLesson: Readonly<Record<string, readonly string[]>> = { ...lessonIsolators, ...ownIsolators };
const lessons = Object.keys(ofLesson);

/** The stack for a choice. Throws BAD_USAGE with the nearest name, also for leaving out the program itself. */
export function chooseStack({ upto, without = [] }: Choice, all: readonly AnyIsolator[] = isolators): Chosen {
  let stack = upto === undefined ? all : upTo(upto, all);
  const left = new Set(without.flatMap((name) => namesOf(name, all)));
  if (left.has('process'))
    throw new DrydockError('BAD_USAGE', "'process' cannot be left out: it starts the program", {
      hint: 'try --upto process has nothing but it',
    });
  stack = stack.filter(({ name }) => !left.has(name));
  return withoutDependents(stack);
}

/** The isolators that a lesson's or an isolator's name stands for. */
function namesOf(name: string, all: readonly AnyIsolator[]): readonly string[] {
  const has = (one: string): boolean => all.some((isolator) => isolator.name === one);
  if (Object.hasOwn(lessonIsolators, name)) return lessonIsolators[name]!;
  if (has(name)) return [name];
  if (Object.hasOwn(ownIsolators, name) && ownIsolators[name]!.some(has)) return ownIsolators[name]!;
  if (lessonsWithout.includes(name))
    throw new DrydockError(
      'BAD_USAGE',
      `the lesson '${name}' has no isolator: its part is not in a container's making`,
      {
        hint: `these have some: ${Object.keys(lessonIsolators).join(', ')}`,
      },
    );
  const names = [...new Set([...lessons, ...all.map((isolator) => isolator.name)])];
  throw new DrydockError('BAD_USAGE', `there is no lesson or isolator '${name}'`, { hint: didYouMean(name, names) });
}

function upTo(name: string, all: readonly AnyIsolator[]): readonly AnyIsolator[] {
  const last = namesOf(name, all);
  const end = lessons.findIndex((lesson) => lesson === name || ofLesson[lesson]!.includes(last[0]!));
  const names = new Set(lessons.slice(0, end + 1).flatMap((lesson) => ofLesson[lesson]!));
  return all.filter((isolator) => names.has(isolator.name));
}

function withoutDependents(stack: readonly AnyIsolator[]): Chosen {
  const fallen: string[] = [];
  for (let kept = stack; ;) {
    const names = new Set(kept.map(({ name }) => name));
    const falling = kept.filter(({ requires = [] }) => requires.some((name) => !names.has(name)));
    if (falling.length === 0) return { stack: kept, fallen };
    fallen.push(...falling.map(({ name }) => name));
    kept = kept.filter((isolator) => !falling.includes(isolator));
  }
}
