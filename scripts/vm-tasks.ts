/** What the kernel matrix (scripts/vm.ts) tests on each row: which files, which tests of them, and for how long. */
import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { findLesson } from '../src/learn/lessons.ts';

const home = resolve(import.meta.dirname, '..');

/** Each area of the runtime and of the store, and first what is not to be had on many machines. */
const EVERY_DAY = [
  // Cgroups of v2, the devices that a program of BPF refuses, the dock, AppArmor.
  'test/kernel/shim/sandbox-limits.test.ts',
  'test/kernel/runtime/isolators/cgroupns.test.ts',
  'test/kernel/runtime/isolators/cgroups.test.ts',
  'test/kernel/runtime/isolators/labels.test.ts',
  'test/kernel/runtime/isolators/resources.test.ts',
  // Namespaces, filters, the start of a container.
  'test/kernel/runtime/namespaces.test.ts',
  'test/kernel/runtime/isolators/seccomp.test.ts',
  'test/kernel/runtime/spawn.test.ts',
  // The suite of a storage driver: with overlay, and with devices.
  'test/kernel/snapshots/overlay.test.ts',
  'test/kernel/snapshots/devicemapper.test.ts',
];
/** What starts another Node, which takes an emulated processor half a minute; and overlay as kernels of 2014 have it. */
const NOT_EVERY_DAY = 'hands its listener over|with one lower directory';
const LESSONS = ['test/vm/lessons.test.ts'];
/** The lesson whose check is for every day: what it is about depends on the machine more than with any other. */
const LESSON_OF_EVERY_DAY = ['cgroups'];
const RUNTIME = 'test/kernel/runtime';
/** So many containers at once are too many for an emulated machine. */
const NOT_HERE = ['crowd.test.ts'];

/** What one boot is for: a guest that dies of one task, or runs out of its time, takes nothing from the others. */
export interface Task {
  readonly name: string;
  readonly files: readonly string[];
  /** Which tests are left out: a part of their titles. */
  readonly without?: string;
  /** Of which lessons the checks are; of all of them if absent. */
  readonly lessons?: readonly string[];
  /** For the kernel. */
  readonly words: string;
  readonly shell: boolean;
  readonly minutes: number;
}

export interface Options {
  readonly all: boolean;
  /** Names of lessons with a comma between; empty: every lesson. */
  readonly lessons?: string;
  readonly long: boolean;
  readonly shell: boolean;
  readonly words: string;
  /** Minutes for the tests of every day: where everybody runs them, fewer than .ci/run has patience for. */
  readonly patience: number;
}

/** What the command line asks for of each row. Throws NO_SUCH_LESSON. */
export function tasks(named: readonly string[], { all, lessons, long, shell, words, patience }: Options): Task[] {
  const task = (name: string, files: readonly string[], minutes: number): Task => ({
    name,
    files,
    words,
    shell,
    minutes,
  });
  if (named.length > 0 || shell) return [task('named', named.length > 0 ? named : EVERY_DAY, 120)];
  const found = readdirSync(join(home, RUNTIME), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && !NOT_HERE.includes(basename(file)))
    .map((file) => join(RUNTIME, file));
  const more = [
    ...(all || lessons !== undefined ? [{ ...task('lessons', LESSONS, 120), ...chosen(lessons) }] : []),
    ...(long ? [task('runtime', found.filter((file) => !EVERY_DAY.includes(file)).sort(), 240)] : []),
  ];
  if (lessons !== undefined && !all) return more;
  // Those of all lessons come in a boot of their own.
  const [files, ofLessons] = all ? [EVERY_DAY, {}] : [[...EVERY_DAY, ...LESSONS], { lessons: LESSON_OF_EVERY_DAY }];
  return [
    { ...task('every day', files, patience), ...(long ? {} : { without: NOT_EVERY_DAY }), ...ofLessons },
    ...more,
  ];
}

/** Some lessons only: a row of their own among the results, so that they do not stand for all. */
function chosen(lessons = ''): Partial<Task> {
  if (lessons === '') return {};
  const names = lessons.split(',').map((name) => findLesson(name.trim()).name);
  return { name: `lessons ${names.join(', ')}`, lessons: names };
}
