/** What people get wrong about keys and stages. */
import type { Mistake } from '../../src/learn/mistake.ts';

const KEY = 'builder/key.ts#cacheKey';
const NEEDED = 'builder/stages.ts#neededBy';
const FOR = 'builder/stages.ts#stagesFor';

const TWICE = 'the second build does nothing: it finds what the first has made';
const SAYS = 'config and history are what the Dockerfile says';
const UNSAID = 'what the line does not say counts, too';
const ASKED = 'who has made it and the moment that it is of count, where they were asked for';
const NOTHING = 'nothing is not everywhere the same: it has a platform';
const APART = 'two that differ are never the same text';
const TAKES = 'a stage needs what it begins with, what it copies from and what it mounts, and nothing else';
const BEFORE = 'a name is the last stage of that name before this one, or no stage at all';
const NUMBER = 'a number counts stages where something is copied, and names an image behind FROM';
const ALL = 'what is needed by what is needed is built, and what nobody needs is not';
const ONCE = 'each stage once, in the order of the file';

/** The reference of `cacheKey` with one of its parts done wrong. */
const key = ({
  before = 'id ?? [config.os, config.architecture, config.variant]',
  parts = 'before, says, also, author, epoch',
  text = (list: string) => `JSON.stringify([${list}])`,
}): string[] => [
  'void [config, says, also, author, epoch];',
  `const before = ${before};`,
  `return digestOf(${text(parts)});`,
];

/** The reference of `neededBy` with one of its parts done wrong. */
const needed = ({
  before = 'stages.slice(0, stage.index)',
  base = 'expandInstruction(stage.from, variables).base',
  begun = 'isNumber(base) ? undefined : stageNamed(before, base)',
  sources = 'stage.instructions.flatMap(sourcesOf)',
  check = 'if (!named && isNumber(name)) throw noSuchStage(name, before.length);',
}): string[] => [
  'void variables;',
  `const before = ${before};`,
  `const base = ${base};`,
  `const begun = ${begun};`,
  `const taken = ${sources}.map((name) => {`,
  '  const named = stageNamed(before, name);',
  `  ${check}`,
  '  return named;',
  '});',
  'return [...new Set([begun, ...taken])].filter((one) => one !== undefined);',
];

export const mistakes: readonly Mistake[] = [
  {
    title: 'a step is known by its line alone',
    slot: KEY,
    body: ['void [id, config, also, author, epoch];', 'return digestOf(says);'],
    fails: SAYS,
    hint: /what the first one had made/,
  },
  {
    title: 'what the line does not say is left out',
    slot: KEY,
    body: key({ parts: 'before, says, author, epoch' }),
    fails: UNSAID,
    hint: /the second image has the file with 600/,
  },
  {
    title: 'mounts are forgotten',
    slot: NEEDED,
    body: needed({
      sources: "stage.instructions.flatMap((one) => (one.kind === 'copy' ? (one.from ?? []) : []))",
    }),
    fails: TAKES,
    hint: /that mounts another needs 2 paint/,
  },
  {
    title: 'a time is a part of the key',
    slot: KEY,
    body: key({ parts: 'before, says, also, author, epoch, process.hrtime()' }),
    fails: TWICE,
    hint: /Done a second time: ENV COPY WORKDIR CMD/,
  },
  {
    title: 'the state before is known by its layers',
    slot: KEY,
    // The type does not have them; whoever looks at the object has seen that they are there.
    body: key({
      before: "id ? Reflect.get(config, 'rootfs').diff_ids : [config.os, config.architecture, config.variant]",
    }),
    fails: SAYS,
    hint: /two states of the same layers may have another config/,
  },
  {
    title: 'an object is turned into a text',
    slot: KEY,
    body: key({ parts: 'before, says, String(also), author, epoch' }),
    fails: APART,
    hint: /an object becomes "\[object Object\]"/,
  },
  {
    title: 'the author is left out',
    slot: KEY,
    body: key({ parts: 'before, says, also, epoch' }),
    fails: ASKED,
    hint: /says of its author: Ada/,
  },
  {
    title: 'the moment is left out',
    slot: KEY,
    body: key({ parts: 'before, says, also, author' }),
    fails: ASKED,
    hint: /says of its moment: 1970-01-01T00:00:01/,
  },
  {
    title: 'nothing is nothing',
    slot: KEY,
    body: key({ before: "id ?? 'scratch'" }),
    fails: NOTHING,
    hint: /Built for linux\/arm\/v7, it says linux\/amd64/,
  },
  {
    title: 'a processor has no variants',
    slot: KEY,
    body: key({ before: 'id ?? [config.os, config.architecture]' }),
    fails: NOTHING,
    hint: /Built for linux\/arm\/v6, it says linux\/arm\/v7/,
  },
  {
    title: 'the parts are put one behind the other, with a comma',
    slot: KEY,
    body: key({ parts: 'before, says, JSON.stringify(also), author, epoch', text: (list) => `[${list}].join()` }),
    fails: APART,
    hint: /keeps its parts apart/,
  },
  {
    title: 'what a stage begins with is forgotten',
    slot: NEEDED,
    body: needed({ begun: 'undefined' }),
    fails: TAKES,
    hint: /that begins with another needs 0 steel/,
  },
  {
    title: 'every stage before is needed',
    slot: NEEDED,
    body: ['void variables;', 'return stages.slice(0, stage.index);'],
    fails: TAKES,
    hint: /your function says: 0 steel, 1 wood, 2 paint, 3 docs/,
  },
  {
    title: 'a stage may begin with itself',
    slot: NEEDED,
    body: needed({ before: 'stages.slice(0, stage.index + 1)' }),
    fails: BEFORE,
    hint: /Stage 3 needs 2 ship; your function says: 3 ship/,
  },
  {
    title: 'a number is a stage behind FROM, too',
    slot: NEEDED,
    body: needed({ begun: 'stageNamed(before, base)' }),
    fails: NUMBER,
    hint: /Behind FROM: isNumber/,
  },
  {
    title: 'a number that no stage has is an image',
    slot: NEEDED,
    body: needed({ check: '' }),
    fails: NUMBER,
    hint: /--from=1 names no stage before/,
  },
  {
    title: 'the name is taken as it was written',
    slot: NEEDED,
    body: needed({ base: 'stage.base' }),
    fails: 'variables behind FROM are filled in',
    hint: /expandInstruction/,
  },
  {
    title: 'only what the target itself needs is built',
    slot: FOR,
    body: ['return [...neededBy(dockerfile.stages, target, variables), target];'],
    fails: ALL,
    hint: /For the last stage your function says: 1 steel, 3/,
  },
  {
    title: 'a stage that two need is there twice',
    slot: FOR,
    body: [
      'const before = neededBy(dockerfile.stages, target, variables);',
      'return [...before.flatMap((one) => stagesFor(dockerfile, one, variables)), target];',
    ],
    fails: ONCE,
    hint: /A Set of those that were noted/,
  },
  {
    title: 'the order is that in which they were found',
    slot: FOR,
    body: [
      'const needed = new Set<Stage>([target]);',
      'for (const stage of needed) for (const one of neededBy(dockerfile.stages, stage, variables)) needed.add(one);',
      'return [...needed].reverse();',
    ],
    fails: ONCE,
    hint: /filter\(\(stage\) => needed.has\(stage\)\)/,
  },
];
