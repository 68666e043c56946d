/** What the kernel matrix (scripts/vm.ts) tests on each row: which files, which tests of them, and for how long. */
import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { findLesson } from '../src/learn/lessons.ts';

const home = resolve(import.meta.dirname, '..');

/** Cgroups of v2, the devices that a program of BPF refuses, the dock, AppArmor, a storage driver: not to be had on many machines. */
const EVERY_DAY = [
  'test/kernel/shim/sandbox-limits.test.ts',
  'test/kernel/runtime/isolators/cgroupns.test.ts',
  'test/kernel/runtime/isolators/cgroups.test.ts',
  'test/kernel/runtime/isolators/labels.test.ts',
  'test/kernel/runtime/isolators/resources.test.ts',
  'test/kernel/snapshots/devicemapper.test.ts',
];
const LESSONS = ['test/vm/lessons.test.ts'];
const RUNTIME = 'test/kernel/runtime';
/** So many containers at once are too many for an emulated machine. */
const NOT_HERE = ['crowd.test.ts'];

/** What one boot is for: a guest that dies of one task, or runs out of its time, takes nothing from the others. */
export interface Task {
  readonly name: string;
  readonly files: readonly string[];
  /** Which tests of these files, as mocha's --grep takes it; all of them if absent. */
  readonly only?: string;
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
  return lessons !== undefined && !all ? more : [task('every day', EVERY_DAY, patience), ...more];
}

/** Some lessons only: a row of their own among the results, so that they do not stand for all. */
function chosen(lessons = ''): Partial<Task> {
  if (lessons === '') return {};
  const names = lessons.split(',').map((name) => findLesson(name.trim()).name);
  return { name: `lessons ${names.join(', ')}`, only: `lesson (${names.join('|')}) passes` };
}
