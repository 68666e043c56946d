/** The runtime as it is after a lesson: its isolators and those of all lessons before. */
import { isolators, lessonIsolators, type AnyIsolator } from '../src/runtime/isolators/index.ts';

export function upTo(lesson: string, all: readonly AnyIsolator[] = isolators): readonly AnyIsolator[] {
  const lessons = Object.keys(lessonIsolators);
  const names = lessons.slice(0, lessons.indexOf(lesson) + 1).flatMap((one) => lessonIsolators[one]!);
  return all.filter(({ name }) => names.includes(name));
}
