/**
 * Every verb but those of Docker (docker/verbs.ts), in the order in which `drydock --help` lists them. A verb's module is
 * loaded when it is typed.
 */
import type { Verb } from './dispatch.ts';

/** The learner's verbs: the course. */
export const learn: readonly Verb[] = [
  {
    name: 'demo',
    summary: 'watch a lesson on real containers',
    load: async () => (await import('./learn/demo.ts')).verb,
  },
  { name: 'read', summary: 'read a chapter of the book', load: async () => (await import('./learn/read.ts')).read },
  {
    name: 'begin',
    summary: 'start the exercise of a lesson',
    load: async () => (await import('./learn/begin.ts')).verb,
  },
  {
    name: 'check',
    summary: 'ask the kernel about your work',
    load: async () => (await import('./learn/check.ts')).verb,
  },
  { name: 'watch', summary: 'check at every save', load: async () => (await import('./learn/watch.ts')).verb },
  { name: 'hint', summary: 'a hint for a failed check', load: async () => (await import('./learn/hint.ts')).verb },
  {
    name: 'solution',
    summary: 'the reference for an exercise',
    load: async () => (await import('./learn/solution.ts')).verb,
  },
  {
    name: 'reset',
    summary: 'give an exercise its starter back',
    load: async () => (await import('./learn/reset.ts')).verb,
  },
  {
    name: 'progress',
    summary: 'what you have done so far',
    load: async () => (await import('./learn/progress.ts')).verb,
  },
  { name: 'next', summary: 'what to do now', load: async () => (await import('./learn/next.ts')).verb },
];

/** The verbs of this machine. */
export const local: readonly Verb[] = [
  {
    name: 'try',
    summary: 'run a command in a container made of the lessons you choose',
    passesOn: true,
    load: async () => (await import('./local/try.ts')).verb,
  },
  {
    name: 'xray',
    summary: 'a container cut open: what the kernel says of it',
    load: async () => (await import('./local/xray.ts')).verb,
  },
  {
    name: 'daemon',
    summary: 'the engine: keeps containers, and answers clients',
    failure: 1,
    load: async () => (await import('./local/daemon.ts')).verb,
  },
  {
    name: 'doctor',
    summary: 'what this machine can do, and what is left over',
    load: async () => (await import('./local/doctor.ts')).verb,
  },
];

/** The low-level runtime: verbs below `drydock oci`, also called as `drydock-oci`. */
export const oci: readonly Verb[] = [
  { name: 'run', summary: 'create and start a container', load: async () => (await import('./local/oci/run.ts')).verb },
  {
    name: 'create',
    summary: 'create a container up to its start',
    load: async () => (await import('./local/oci/create.ts')).verb,
  },
  {
    name: 'start',
    summary: 'start the program of a created container',
    load: async () => (await import('./local/oci/start.ts')).verb,
  },
  {
    name: 'state',
    summary: 'the state of a container as JSON',
    load: async () => (await import('./local/oci/state.ts')).verb,
  },
  {
    name: 'exec',
    summary: 'a further process in a running container',
    passesOn: true,
    load: async () => (await import('./local/oci/exec.ts')).verb,
  },
  {
    name: 'kill',
    summary: 'send a signal to a container',
    load: async () => (await import('./local/oci/kill.ts')).verb,
  },
  {
    name: 'pause',
    summary: 'stop all processes of a container',
    load: async () => (await import('./local/oci/pause.ts')).verb,
  },
  {
    name: 'resume',
    summary: 'let a paused container go on',
    load: async () => (await import('./local/oci/resume.ts')).verb,
  },
  {
    name: 'update',
    summary: 'change the limits of a container',
    load: async () => (await import('./local/oci/update.ts')).verb,
  },
  {
    name: 'ps',
    summary: 'the processes in a container',
    load: async () => (await import('./local/oci/ps.ts')).verb,
    passesOn: true,
  },
  {
    name: 'stats',
    summary: 'what a container has used so far',
    load: async () => (await import('./local/oci/stats.ts')).verb,
  },
  {
    name: 'events',
    summary: 'its use, and when its memory runs out, as JSON',
    load: async () => (await import('./local/oci/events.ts')).verb,
  },
  { name: 'delete', summary: 'remove a container', load: async () => (await import('./local/oci/delete.ts')).verb },
  {
    name: 'spec',
    summary: 'write a config.json to start from',
    load: async () => (await import('./local/oci/spec.ts')).verb,
  },
  {
    name: 'list',
    summary: 'the containers of this runtime',
    load: async () => (await import('./local/oci/list.ts')).verb,
  },
  {
    name: 'features',
    summary: 'what this runtime can obey, as JSON',
    load: async () => (await import('./local/oci/features.ts')).verb,
  },
];

/** The machine to learn on: verbs below `drydock vm`. */
export const vm: readonly Verb[] = [
  {
    name: 'up',
    summary: 'start the guest; the first time it is built',
    load: async () => (await import('./local/vm/up.ts')).verb,
  },
  {
    name: 'run',
    summary: 'a command in it',
    passesOn: true,
    load: async () => (await import('./local/vm/run.ts')).verb,
  },
  {
    name: 'shell',
    summary: 'a shell in it',
    load: async () => (await import('./local/vm/shell.ts')).verb,
  },
  {
    name: 'test',
    summary: 'test files in it',
    load: async () => (await import('./local/vm/test.ts')).verb,
  },
  {
    name: 'snapshot',
    summary: 'keep its disk as it is now',
    load: async () => (await import('./local/vm/snapshot.ts')).verb,
  },
  {
    name: 'restore',
    summary: 'give its disk back what a snapshot has',
    load: async () => (await import('./local/vm/restore.ts')).verb,
  },
  {
    name: 'forget',
    summary: 'remove a snapshot',
    load: async () => (await import('./local/vm/forget.ts')).verb,
  },
  {
    name: 'status',
    summary: 'which guests there are, and how they are',
    load: async () => (await import('./local/vm/status.ts')).verb,
  },
  {
    name: 'down',
    summary: 'end it; its disk stays',
    load: async () => (await import('./local/vm/down.ts')).verb,
  },
  {
    name: 'destroy',
    summary: 'remove it with its disk',
    load: async () => (await import('./local/vm/destroy.ts')).verb,
  },
];
