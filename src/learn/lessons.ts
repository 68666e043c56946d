/**
 * The nineteen lessons: their names and places, and where their parts are.
 *
 * A lesson's name is its identity; its number is only its place in this list. The parts are imported lazily, with
 * paths that esbuild can see, so that a lesson costs nothing until somebody asks for it.
 */
import { DrydockError } from '../errors.ts';
import type { Check } from './check/check.ts';
import type { Demo } from './demo/demo.ts';
import type { Lesson } from './lesson.ts';
import type { Attack } from './attack.ts';
import type { Mistake } from './mistake.ts';
import { nearest } from '../nearest.ts';

export interface Parts {
  lesson(): Promise<Lesson>;
  demo(): Promise<Demo>;
  checks(): Promise<readonly Check[]>;
  breakIt(): Promise<Demo>;
  attacks(): Promise<readonly Attack[]>;
  mistakes(): Promise<readonly Mistake[]>;
}

/** A place in the course. */
export interface Entry {
  readonly number: number;
  readonly name: string;
  readonly part: 1 | 2 | 3;
  readonly minutes: number;
  /** What the runtime can do after it. */
  readonly adds: string;
  readonly parts: Parts;
}

const process: Parts = {
  lesson: async () => (await import('../../lessons/00-process/lesson.ts')).lesson,
  demo: async () => (await import('../../lessons/00-process/demo.ts')).demo,
  checks: async () => (await import('../../lessons/00-process/check.ts')).checks,
  breakIt: async () => (await import('../../lessons/00-process/break-it.ts')).breakIt,
  attacks: async () => (await import('../../lessons/00-process/break-it.ts')).attacks,
  mistakes: async () => (await import('../../lessons/00-process/mistakes.ts')).mistakes,
};

const rootfs: Parts = {
  lesson: async () => (await import('../../lessons/01-rootfs/lesson.ts')).lesson,
  demo: async () => (await import('../../lessons/01-rootfs/demo.ts')).demo,
  checks: async () => (await import('../../lessons/01-rootfs/check.ts')).checks,
  breakIt: async () => (await import('../../lessons/01-rootfs/break-it.ts')).breakIt,
  attacks: async () => (await import('../../lessons/01-rootfs/break-it.ts')).attacks,
  mistakes: async () => (await import('../../lessons/01-rootfs/mistakes.ts')).mistakes,
};

const mounts: Parts = {
  lesson: async () => (await import('../../lessons/02-mounts/lesson.ts')).lesson,
  demo: async () => (await import('../../lessons/02-mounts/demo.ts')).demo,
  checks: async () => (await import('../../lessons/02-mounts/check.ts')).checks,
  breakIt: async () => (await import('../../lessons/02-mounts/break-it.ts')).breakIt,
  attacks: async () => (await import('../../lessons/02-mounts/break-it.ts')).attacks,
  mistakes: async () => (await import('../../lessons/02-mounts/mistakes.ts')).mistakes,
};

const names: Parts = {
  lesson: async () => (await import('../../lessons/03-names/lesson.ts')).lesson,
  demo: async () => (await import('../../lessons/03-names/demo.ts')).demo,
  checks: async () => (await import('../../lessons/03-names/check.ts')).checks,
  breakIt: async () => (await import('../../lessons/03-names/break-it.ts')).breakIt,
  attacks: async () => (await import('../../lessons/03-names/break-it.ts')).attacks,
  mistakes: async () => (await import('../../lessons/03-names/mistakes.ts')).mistakes,
};

const pid: Parts = {
  lesson: async () => (await import('../../lessons/04-pid/lesson.ts')).lesson,
  demo: async () => (await import('../../lessons/04-pid/demo.ts')).demo,
  checks: async () => (await import('../../lessons/04-pid/check.ts')).checks,
  breakIt: async () => (await import('../../lessons/04-pid/break-it.ts')).breakIt,
  attacks: async () => (await import('../../lessons/04-pid/break-it.ts')).attacks,
  mistakes: async () => (await import('../../lessons/04-pid/mistakes.ts')).mistakes,
};

const user: Parts = {
  lesson: async () => (await import('../../lessons/05-user/lesson.ts')).lesson,
  demo: async () => (await import('../../lessons/05-user/demo.ts')).demo,
  checks: async () => (await import('../../lessons/05-user/check.ts')).checks,
  breakIt: async () => (await import('../../lessons/05-user/break-it.ts')).breakIt,
  attacks: async () => (await import('../../lessons/05-user/break-it.ts')).attacks,
  mistakes: async () => (await import('../../lessons/05-user/mistakes.ts')).mistakes,
};

const network: Parts = {
  lesson: async () => (await import('../../lessons/06-network/lesson.ts')).lesson,
  demo: async () => (await import('../../lessons/06-network/demo.ts')).demo,
  checks: async () => (await import('../../lessons/06-network/check.ts')).checks,
  breakIt: async () => (await import('../../lessons/06-network/break-it.ts')).breakIt,
  attacks: async () => (await import('../../lessons/06-network/break-it.ts')).attacks,
  mistakes: async () => (await import('../../lessons/06-network/mistakes.ts')).mistakes,
};

const cgroups: Parts = {
  lesson: async () => (await import('../../lessons/07-cgroups/lesson.ts')).lesson,
  demo: async () => (await import('../../lessons/07-cgroups/demo.ts')).demo,
  checks: async () => (await import('../../lessons/07-cgroups/check.ts')).checks,
  breakIt: async () => (await import('../../lessons/07-cgroups/break-it.ts')).breakIt,
  attacks: async () => (await import('../../lessons/07-cgroups/break-it.ts')).attacks,
  mistakes: async () => (await import('../../lessons/07-cgroups/mistakes.ts')).mistakes,
};

const capabilities: Parts = {
  lesson: async () => (await import('../../lessons/08-capabilities/lesson.ts')).lesson,
  demo: async () => (await import('../../lessons/08-capabilities/demo.ts')).demo,
  checks: async () => (await import('../../lessons/08-capabilities/check.ts')).checks,
  breakIt: async () => (await import('../../lessons/08-capabilities/break-it.ts')).breakIt,
  attacks: async () => (await import('../../lessons/08-capabilities/break-it.ts')).attacks,
  mistakes: async () => (await import('../../lessons/08-capabilities/mistakes.ts')).mistakes,
};

const seccomp: Parts = {
  lesson: async () => (await import('../../lessons/09-seccomp/lesson.ts')).lesson,
  demo: async () => (await import('../../lessons/09-seccomp/demo.ts')).demo,
  checks: async () => (await import('../../lessons/09-seccomp/check.ts')).checks,
  breakIt: async () => (await import('../../lessons/09-seccomp/break-it.ts')).breakIt,
  attacks: async () => (await import('../../lessons/09-seccomp/break-it.ts')).attacks,
  mistakes: async () => (await import('../../lessons/09-seccomp/mistakes.ts')).mistakes,
};

const lifecycle: Parts = {
  lesson: async () => (await import('../../lessons/10-lifecycle/lesson.ts')).lesson,
  demo: async () => (await import('../../lessons/10-lifecycle/demo.ts')).demo,
  checks: async () => (await import('../../lessons/10-lifecycle/check.ts')).checks,
  breakIt: async () => (await import('../../lessons/10-lifecycle/break-it.ts')).breakIt,
  attacks: async () => (await import('../../lessons/10-lifecycle/break-it.ts')).attacks,
  mistakes: async () => (await import('../../lessons/10-lifecycle/mistakes.ts')).mistakes,
};

const union: Parts = {
  lesson: async () => (await import('../../lessons/11-union/lesson.ts')).lesson,
  demo: async () => (await import('../../lessons/11-union/demo.ts')).demo,
  checks: async () => (await import('../../lessons/11-union/check.ts')).checks,
  breakIt: async () => (await import('../../lessons/11-union/break-it.ts')).breakIt,
  attacks: async () => (await import('../../lessons/11-union/break-it.ts')).attacks,
  mistakes: async () => (await import('../../lessons/11-union/mistakes.ts')).mistakes,
};

const images: Parts = {
  lesson: async () => (await import('../../lessons/12-images/lesson.ts')).lesson,
  demo: async () => (await import('../../lessons/12-images/demo.ts')).demo,
  checks: async () => (await import('../../lessons/12-images/check.ts')).checks,
  breakIt: async () => (await import('../../lessons/12-images/break-it.ts')).breakIt,
  attacks: async () => (await import('../../lessons/12-images/break-it.ts')).attacks,
  mistakes: async () => (await import('../../lessons/12-images/mistakes.ts')).mistakes,
};

const registry: Parts = {
  lesson: async () => (await import('../../lessons/13-registry/lesson.ts')).lesson,
  demo: async () => (await import('../../lessons/13-registry/demo.ts')).demo,
  checks: async () => (await import('../../lessons/13-registry/check.ts')).checks,
  breakIt: async () => (await import('../../lessons/13-registry/break-it.ts')).breakIt,
  attacks: async () => (await import('../../lessons/13-registry/break-it.ts')).attacks,
  mistakes: async () => (await import('../../lessons/13-registry/mistakes.ts')).mistakes,
};

const build: Parts = {
  lesson: async () => (await import('../../lessons/14-build/lesson.ts')).lesson,
  demo: async () => (await import('../../lessons/14-build/demo.ts')).demo,
  checks: async () => (await import('../../lessons/14-build/check.ts')).checks,
  breakIt: async () => (await import('../../lessons/14-build/break-it.ts')).breakIt,
  attacks: async () => (await import('../../lessons/14-build/break-it.ts')).attacks,
  mistakes: async () => (await import('../../lessons/14-build/mistakes.ts')).mistakes,
};

const engine: Parts = {
  lesson: async () => (await import('../../lessons/15-engine/lesson.ts')).lesson,
  demo: async () => (await import('../../lessons/15-engine/demo.ts')).demo,
  checks: async () => (await import('../../lessons/15-engine/check.ts')).checks,
  breakIt: async () => (await import('../../lessons/15-engine/break-it.ts')).breakIt,
  attacks: async () => (await import('../../lessons/15-engine/break-it.ts')).attacks,
  mistakes: async () => (await import('../../lessons/15-engine/mistakes.ts')).mistakes,
};

const ports: Parts = {
  lesson: async () => (await import('../../lessons/16-ports/lesson.ts')).lesson,
  demo: async () => (await import('../../lessons/16-ports/demo.ts')).demo,
  checks: async () => (await import('../../lessons/16-ports/check.ts')).checks,
  breakIt: async () => (await import('../../lessons/16-ports/break-it.ts')).breakIt,
  attacks: async () => (await import('../../lessons/16-ports/break-it.ts')).attacks,
  mistakes: async () => (await import('../../lessons/16-ports/mistakes.ts')).mistakes,
};

const volumes: Parts = {
  lesson: async () => (await import('../../lessons/17-volumes/lesson.ts')).lesson,
  demo: async () => (await import('../../lessons/17-volumes/demo.ts')).demo,
  checks: async () => (await import('../../lessons/17-volumes/check.ts')).checks,
  breakIt: async () => (await import('../../lessons/17-volumes/break-it.ts')).breakIt,
  attacks: async () => (await import('../../lessons/17-volumes/break-it.ts')).attacks,
  mistakes: async () => (await import('../../lessons/17-volumes/mistakes.ts')).mistakes,
};

const world: Parts = {
  lesson: async () => (await import('../../lessons/18-world/lesson.ts')).lesson,
  demo: async () => (await import('../../lessons/18-world/demo.ts')).demo,
  checks: async () => (await import('../../lessons/18-world/check.ts')).checks,
  breakIt: async () => (await import('../../lessons/18-world/break-it.ts')).breakIt,
  attacks: async () => (await import('../../lessons/18-world/break-it.ts')).attacks,
  mistakes: async () => (await import('../../lessons/18-world/mistakes.ts')).mistakes,
};

/** Titles of the three parts. */
export const partTitles = ['the runtime', 'images', 'the engine'] as const;

/** `Part I: the runtime`. */
export function partTitle(part: number): string {
  return `Part ${'I'.repeat(part)}: ${partTitles[part - 1]}`;
}

const table: readonly (readonly [name: string, part: 1 | 2 | 3, minutes: number, adds: string, parts: Parts])[] = [
  ['process', 1, 40, 'a process, started by a plan', process],
  ['rootfs', 1, 40, 'a root directory of its own', rootfs],
  ['mounts', 1, 90, 'its own mounts, and no way back', mounts],
  ['names', 1, 30, 'a host name, queues of its own', names],
  ['pid', 1, 60, 'process numbers of its own, PID 1', pid],
  ['user', 1, 75, 'root inside who is nobody outside', user],
  ['network', 1, 60, 'a network of its own', network],
  ['cgroups', 1, 75, 'limits: memory, CPU, processes', cgroups],
  ['capabilities', 1, 60, 'root without its powers', capabilities],
  ['seccomp', 1, 75, 'fewer system calls', seccomp],
  ['lifecycle', 1, 75, 'create, start, exec, kill, delete', lifecycle],
  ['union', 2, 60, 'layers that share what is equal', union],
  ['images', 2, 60, 'digests, manifests, tar', images],
  ['registry', 2, 75, 'pull and push', registry],
  ['build', 2, 75, 'the Dockerfile', build],
  ['engine', 3, 90, 'daemon, API, restart policies', engine],
  ['ports', 3, 75, 'bridge, NAT, published ports', ports],
  ['volumes', 3, 45, 'data that outlives containers', volumes],
  ['world', 3, 45, 'below podman and Kubernetes', world],
];

/** The whole course in order. */
export const lessons: readonly Entry[] = table.map(([name, part, minutes, adds, parts], number) => ({
  number,
  name,
  part,
  minutes,
  adds,
  parts,
}));

/** Finds a lesson by its name. Throws NO_SUCH_LESSON with the nearest name. */
export function findLesson(name: string): Entry {
  const names = lessons.map((one) => one.name);
  const entry = lessons[names.indexOf(name)];
  if (entry) return entry;
  // Numbers are places in the book, and move when a lesson is put between two others; folders and files go by names.
  const numbered = /^\d+$/.test(name) ? lessons.find(({ number }) => number === Number(name)) : undefined;
  if (numbered)
    throw new DrydockError('NO_SUCH_LESSON', `a lesson is asked for by its name, not by '${name}'`, {
      hint: `lesson ${twoDigits(numbered.number)} is '${numbered.name}'`,
    });
  const near = nearest(name, names);
  throw new DrydockError('NO_SUCH_LESSON', `there is no lesson '${name}'`, {
    hint: near ? `did you mean '${near}'?` : `they are: ${names.join(', ')}`,
  });
}

/** `lesson 04, pid`: the number of its chapter, and of its line in `drydock progress`. */
export function placeInCourse(name: string): string {
  const entry = lessons.find((one) => one.name === name);
  return entry ? `lesson ${twoDigits(entry.number)}, ${name}` : `lesson ${name}`;
}

/** As chapters, folders and `drydock progress` have it: 04. */
export const twoDigits = (number: number): string => String(number).padStart(2, '0');
