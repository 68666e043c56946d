/** Lesson build: from a Dockerfile to an image, and how not to do it twice. */
import type { Lesson } from '../../src/learn/lesson.ts';

const STAGES = { source: 'src/builder/stages.ts', file: 'builder/stages.ts' };

export const lesson: Lesson = {
  name: 'build',
  number: 14,
  title: 'a recipe with a memory',
  minutes: 75,
  question: 'How does a builder know that it has done a step before, and what if it is wrong?',
  requires: ['images'],
  slots: [
    {
      name: 'builder/key.ts#cacheKey',
      source: 'src/builder/key.ts',
      file: 'builder/key.ts',
      title: 'the name of a step: whatever its outcome depends on',
      minutes: 15,
      todo: [
        'one digest of everything that the outcome of an instruction depends on: digestOf(text) is the digest of a text.',
        'id is the state before, an image; undefined where nothing is (FROM scratch): then config.os, config.architecture',
        'and config.variant are all that it is. says is the line of history; the words that it cannot say are in also,',
        'a list of lists and objects, or undefined. author and epoch (SOURCE_DATE_EPOCH) may be undefined, too.',
        'Two different lists must never become the same text. When it happens, and when files were changed, does not count.',
      ],
      body: ['void [id, config, also, author, epoch];', 'return digestOf(says);'],
    },
    {
      ...STAGES,
      name: 'builder/stages.ts#neededBy',
      title: 'what a stage takes from',
      minutes: 25,
      todo: [
        'the stages that this one takes from. A name means a stage before this one: stage.index is its place in stages.',
        'What it begins with: expandInstruction(stage.from, variables).base is the name after FROM, variables filled in.',
        'What it copies and mounts: sourcesOf(instruction) has the names, for each of stage.instructions.',
        'stageNamed(some, name) finds a stage by its name or its number; undefined: it is an image, which is no stage.',
        'A number counts stages where something is copied or mounted, and one that no stage before has is an error: throw',
        'noSuchStage(name, how many are before). Behind FROM a number is the name of an image. isNumber(name) tells.',
      ],
      body: ['void variables;', 'return stages.slice(0, stage.index);'],
    },
    {
      ...STAGES,
      name: 'builder/stages.ts#stagesFor',
      title: 'further: what has to be built for a target, and nothing else',
      minutes: 15,
      todo: [
        'the target, what it needs (neededBy), what that needs, and so on: each once, in the order of dockerfile.stages.',
      ],
      body: ['return [...neededBy(dockerfile.stages, target, variables), target];'],
    },
  ],
  task: [
    'First, in fifteen minutes, the name of a step: `cacheKey` is a digest of whatever its outcome depends on. Who has made',
    'something of that name before need not make it again, so a name that says too little gives you somebody else’s image.',
    'Then the graph: `neededBy` says which stages one takes from. Further, `stagesFor`: all that has to be built for a target.',
    'Your functions build real images, and programs run in them.',
  ],
  hints: [
    'Build something twice with `./drydock build .`, and look which lines say "Using cache". `./drydock history IMAGE` shows them.',
    'A key that says too much builds again what was there. One that says too little hands you a wrong image. Which is worse?',
    'Draw the stages of a Dockerfile as circles, and an arrow for each FROM, --from= and from=. What can no arrow reach?',
  ],
};
