/** Lesson world: who calls a runtime, and an isolator that ours does not have yet. */
import type { Lesson } from '../../src/learn/lesson.ts';

const LANDLOCK = { source: 'lessons/18-world/landlock.ts', file: 'landlock.ts' };

export const lesson: Lesson = {
  name: 'world',
  number: 18,
  title: 'below podman and Kubernetes',
  minutes: 45,
  question: 'Who calls a runtime, and what would you build into it?',
  requires: ['lifecycle', 'seccomp'],
  slots: [
    {
      ...LANDLOCK,
      name: 'lessons/18-world/landlock.ts#placesOf',
      title: 'what the config asks for',
      minutes: 10,
      todo: [
        'the places of the annotation WRITABLE: absolute paths with a colon between them.',
        'No annotation: undefined, for nothing was asked. An empty one: no place at all, which is not the same.',
        'A place that does not begin with a slash: throw a DrydockError with the code SPEC_INVALID that names it.',
      ],
      body: ['void annotations;', 'return undefined;'],
    },
    {
      ...LANDLOCK,
      name: 'lessons/18-world/landlock.ts#landlock.steps',
      title: 'a wall that a process builds around itself',
      minutes: 20,
      todo: [
        'record the steps; nothing if nothing was asked for. writing(features) are the rights that are taken.',
        'plan.landlock_create_ruleset(rights) makes a ruleset, which needs a slot: .into("ruleset").',
        'For each place: plan.open(place, PLACE) into a slot of its own, plan.landlock_add_rule(slot("ruleset"), rights, slot(…)).',
        'Last plan.landlock_restrict_self(slot("ruleset")). Say why with .because(…): somebody will read the plan.',
      ],
      body: ['void [plan, spec, features];'],
    },
    {
      ...LANDLOCK,
      name: 'lessons/18-world/landlock.ts#landlock.claim',
      title: 'further: a kernel that cannot',
      minutes: 10,
      todo: [
        'nothing is taken from the host: the claim is null. But a claim is made before anything else.',
        'So this is the place to refuse what cannot be had: if the config asks for places and features.landlock is false,',
        'throw a DrydockError with the code UNSUPPORTED.',
      ],
      body: ['void [spec, features];', 'return null;'],
    },
  ],
  task: [
    'The last one is an isolator that the runtime does not have: Landlock, by which a program writes beneath a few places',
    'and nowhere else. First, in ten minutes, `placesOf` reads the config. Then `steps`: four calls, in the right order.',
    'Further, `claim`: what an isolator does on a kernel that lacks what was asked for. The suite that judges every isolator',
    'of the runtime judges yours.',
  ],
  hints: [
    'src/runtime/isolators/keyring.ts is a short one to compare with; landlock.ts opens with what it promises.',
    'A descriptor that a step makes is known to later steps by the name of its slot: .into("ruleset"), slot("ruleset").',
    'landlock(7) has the whole program in C, in its section EXAMPLES; the order of the calls is the same.',
  ],
};
