/** What people get wrong about names and commands. */
import type { Mistake } from '../../src/learn/mistake.ts';

const CHAIN = 'images/chain.ts#chainId';
const COMMAND = 'images/spec.ts#commandOf';
const ENVIRONMENT = 'images/spec.ts#environmentOf';

const FORMULA = 'each further one is called by the digest of the name below it, a space, and its own digest';
const ONCE = 'each name stands once: ours, over it the image’s, over that the person’s';
const EXACT = 'a value is everything behind the first sign, and any name is a name';

const chain = (text: string): string[] => [`return below === undefined ? diffId : digestOf(${text});`];

/** The reference of `commandOf` with one of its parts done wrong. */
const command = ({
  isReplaced = 'entrypoint !== undefined',
  front = "isReplaced ? [entrypoint].filter((program) => program !== '') : (image.Entrypoint ?? [])",
  words = 'args.length > 0 || isReplaced ? args : (image.Cmd ?? [])',
  end = "if (command.length === 0) throw new DrydockError('BAD_USAGE', 'No command specified');",
}): string[] => [
  `const isReplaced = ${isReplaced};`,
  `const command = [...(${front}), ...(${words})];`,
  end,
  'return command;',
];

/** The reference of `environmentOf` with one of its parts done wrong. */
const environment = ({
  lists = '...ours, ...(image.Env ?? []), ...(asked.env ?? [])',
  name = "const [name = ''] = entry.split('=', 1);",
  empty = "if (name === '') continue;",
  set = 'entries.set(name, entry);',
  otherwise = 'else entries.delete(name);',
}): string[] => [
  'const entries = new Map<string, string>();',
  `for (const entry of [${lists}]) {`,
  `  ${name}`,
  `  ${empty}`,
  `  if (entry.includes('=')) ${set}`,
  `  ${otherwise}`,
  '}',
  'return [...entries.values()];',
];

export const mistakes: readonly Mistake[] = [
  {
    title: 'a layer has the same name wherever it lies',
    slot: CHAIN,
    body: ['void below;', 'return diffId;'],
    fails: 'one layer on two bases is two trees, and one stack in two images is one',
    hint: /does not tell what it lies on/,
  },
  {
    title: 'the space between the two is left out',
    slot: CHAIN,
    body: chain('`${below}${diffId}`'),
    fails: FORMULA,
    hint: /but without the space/,
  },
  {
    title: 'another entrypoint gets the image’s Cmd',
    slot: COMMAND,
    body: command({ words: 'args.length > 0 ? args : (image.Cmd ?? [])' }),
    fails: 'another entrypoint does not get the words that were meant for the old one',
    hint: /--entrypoint "sh" IMAGE .* came to \["sh","serve","-v"\]/,
  },
  {
    title: 'the lowest layer is hashed, too',
    slot: CHAIN,
    body: ["return digestOf(`${below ?? ''} ${diffId}`);"],
    fails: 'the lowest layer is called by the digest of its plain archive',
    hint: /nothing below it to be hashed/,
  },
  {
    title: 'the upper one comes first',
    slot: CHAIN,
    body: chain('`${diffId} ${below}`'),
    fails: FORMULA,
    hint: /but in the other order/,
  },
  {
    title: 'the text ends with a newline, as echo writes it',
    slot: CHAIN,
    body: chain('`${below} ${diffId}\\n`'),
    fails: FORMULA,
    hint: /but with a newline at the end/,
  },
  {
    title: 'the digits alone are hashed',
    slot: CHAIN,
    body: chain("`${below} ${diffId}`.replaceAll('sha256:', '')"),
    fails: FORMULA,
    hint: /but without the sha256:/,
  },
  {
    title: 'an image without a Cmd starts nothing',
    slot: COMMAND,
    body: command({ words: "args.length > 0 || isReplaced ? args : (image.Cmd ?? ['sh'])" }),
    fails: 'an image starts its Entrypoint with its Cmd behind it, or the one that it has',
    hint: /came to \["sleep","1000","sh"\]/,
  },
  {
    title: 'words replace the whole command',
    slot: COMMAND,
    body: command({ front: 'args.length > 0 ? [] : isReplaced ? [entrypoint] : (image.Entrypoint ?? [])' }),
    fails: 'words behind the image’s name stand in place of Cmd, and the Entrypoint stays in front',
    hint: /behind the Entrypoint/,
  },
  {
    title: 'words are put behind Cmd',
    slot: COMMAND,
    body: command({ words: 'isReplaced ? args : [...(image.Cmd ?? []), ...args]' }),
    fails: 'words behind the image’s name stand in place of Cmd, and the Entrypoint stays in front',
    hint: /came to \["sleep","1000","1001"\]/,
  },
  {
    title: 'an empty entrypoint is a program without a name',
    slot: COMMAND,
    body: command({ front: 'isReplaced ? [entrypoint] : (image.Entrypoint ?? [])' }),
    fails: 'another entrypoint does not get the words that were meant for the old one',
    hint: /or \[\] for an empty text/,
  },
  {
    title: 'an empty entrypoint is taken for none that was asked for',
    slot: COMMAND,
    body: command({ isReplaced: "entrypoint !== undefined && entrypoint !== ''" }),
    fails: 'another entrypoint does not get the words that were meant for the old one',
    hint: /came to \["\/init","ls"\]/,
  },
  {
    title: 'a command of no words is a command',
    slot: COMMAND,
    body: command({ end: '' }),
    fails: 'where there is nothing to start, that is said in words',
    hint: /nobody can start that/,
  },
  {
    title: 'the lists are put one behind the other',
    slot: ENVIRONMENT,
    body: ['return [...ours, ...(image.Env ?? []), ...(asked.env ?? [])];'],
    fails: ONCE,
    hint: /A=1 A=2/,
  },
  {
    title: 'the image has the last word',
    slot: ENVIRONMENT,
    body: environment({ lists: '...ours, ...(asked.env ?? []), ...(image.Env ?? [])' }),
    fails: ONCE,
    hint: /The last one stays/,
  },
  {
    title: 'a name alone is a variable',
    slot: ENVIRONMENT,
    body: environment({ otherwise: 'else entries.set(name, entry);' }),
    fails: 'a name without a sign takes the variable away, whoever has set it',
    hint: /entries[.]delete/,
  },
  {
    title: 'the second part is the value',
    slot: ENVIRONMENT,
    body: environment({
      name: "const [name = '', value = ''] = entry.split('=');",
      set: 'entries.set(name, `${name}=${value}`);',
    }),
    fails: EXACT,
    hint: /kept whole/,
  },
  {
    title: 'an entry without a name is kept',
    slot: ENVIRONMENT,
    body: environment({ empty: '' }),
    fails: EXACT,
    hint: /=nameless/,
  },
  {
    title: 'an object is the table',
    slot: ENVIRONMENT,
    body: [
      'const entries: Record<string, string> = {};',
      'for (const entry of [...ours, ...(image.Env ?? []), ...(asked.env ?? [])]) {',
      "  const [name = ''] = entry.split('=', 1);",
      "  if (name === '') continue;",
      "  if (entry.includes('=')) entries[name] = entry;",
      '  else delete entries[name];',
      '}',
      'return Object.values(entries);',
    ],
    fails: EXACT,
    hint: /a Map has no names of its own/,
  },
];
