/** Lesson names: a host name of the container's own, and message queues that nobody else can read. */
import type { Lesson } from '../../src/learn/lesson.ts';

export const lesson: Lesson = {
  name: 'names',
  number: 3,
  title: 'a host name, queues of its own',
  minutes: 30,
  question: 'What of your machine can a container with its own files still change?',
  requires: ['process', 'rootfs', 'mounts'],
  slots: [
    {
      name: 'isolators/uts.ts#namespaces',
      source: 'src/runtime/isolators/uts.ts',
      file: 'isolators/uts.ts',
      title: 'a UTS namespace: new, joined, or none',
      minutes: 5,
      todo: [
        'say which UTS namespace the container gets.',
        "spec.linux?.namespaces lists what config.json asks for: find the one with type 'uts'.",
        'Not there: an empty list. Without a path: a new one, made by the clone. With a path: that one is joined.',
        '`wanted` in ../namespaces.ts answers this for all types; read it, then decide whether to use it.',
      ],
      body: ['return [];'],
    },
    {
      name: 'isolators/uts.ts#steps',
      source: 'src/runtime/isolators/uts.ts',
      file: 'isolators/uts.ts',
      title: 'the names in it',
      minutes: 5,
      todo: [
        'give the new namespace its names: it starts with a copy of the old ones.',
        'spec.hostname is what `hostname` answers, spec.domainname the NIS domain. Either may be missing.',
        'An exec joins a container whose program may have renamed it.',
      ],
      body: ['void plan;'],
    },
    {
      name: 'isolators/ipc.ts#namespaces',
      source: 'src/runtime/isolators/ipc.ts',
      file: 'isolators/ipc.ts',
      title: 'an IPC namespace',
      minutes: 5,
      todo: ["the same question for type 'ipc'. There are no steps: a new IPC namespace starts empty."],
      body: ['return [];'],
    },
    {
      name: 'isolators/uts.ts#claim',
      source: 'src/runtime/isolators/uts.ts',
      file: 'isolators/uts.ts',
      title: 'further: refuse a config that would rename the host',
      minutes: 10,
      todo: [
        'a config may give a name and ask for no UTS namespace. sethostname(2) would then rename the host.',
        "Refuse it while nothing has happened yet: throw a DrydockError('SPEC_INVALID', …) that says which of `hostname`",
        'and `domainname` is the trouble, and in its `hint` what would be right. Otherwise there is nothing to claim: null.',
      ],
      body: ['return null;'],
    },
  ],
  task: [
    'Two small isolators, whole. `uts` gives the container a host name of its own, `ipc` message queues, semaphores',
    'and shared memory that nobody else sees. Most of it is a flag for clone(2); the names are two steps. Further:',
    'refuse a config that would rename the host, before anything has happened.',
  ],
  hints: [
    'Look at a container with `./drydock try hostname`, then at what makes it: `./drydock try --explain true`.',
    'Both namespaces are made by the clone itself: NEWUTS and NEWIPC. A name is set afterwards, from inside.',
    "return wanted(spec, 'uts'), and in steps: if (spec.hostname) plan.sethostname(spec.hostname). Nothing in mode 'exec'.",
  ],
};
