/**
 * What a learner reads when the kernel could not be asked: the code does not compile, or it has stopped in the middle.
 *
 * A check's own hints speak of what it found out on the way. Here it has found out nothing, or not enough, so hints come
 * from the trouble itself: from what the compiler, the exception or the refused step says.
 */
import { DrydockError } from '../../errors.ts';
import { errorName } from '../../linux/errno.ts';
import { friendly, type Workspace } from '../workspace.ts';
import type { Finding } from './check.ts';
import { thrownAt } from './thrown.ts';

/** What the compilers say of a name that they do not know. */
const UNKNOWN_NAME = [
  /Cannot find name '(\w+)'/,
  /Property '(\w+)' does not exist/,
  /implicit declaration of function '(\w+)'/,
  /'(\w+)' undeclared/,
  /undefined reference to `(\w+)'/,
];

/** The slot cannot be used: the compiler's own words. */
export function notBuilt(error: DrydockError): Finding {
  const [first = '', ...more] = error.message.split('\n');
  const said = error.at ? first.replace(`${error.at}: `, '').replace(/^[^ ]*:\d+(:\d+)?: /, '') : first;
  const isGone = error.code === 'SLOT_INVALID';
  return {
    // The hint of a compiler's error is the line that it is about; the place beside it says which one that is.
    did: [error.hint && !isGone ? `${said} in: ${error.hint}` : said, ...more].join('\n'),
    at: error.at,
    kernel: 'was not asked: your code cannot be used yet',
    wanted: (isGone && error.hint) || 'a file that compiles',
  };
}

/** Three tiers for that: a name that is missing and one that is unknown are said as such. */
export function hintsToBuild({ code, message }: DrydockError, lesson: string): [string, string, string] {
  const back = `\`./drydock reset ${lesson}\` puts the starter back, which does compile; git keeps what you have.`;
  if (code === 'SLOT_INVALID')
    return [
      'The runtime asks your file for a function by its name. Is it still there, spelled as in the starter, and exported?',
      `${message}: the file is empty, or the function has another name, or \`export\` is gone.`,
      back,
    ];
  const unknown = UNKNOWN_NAME.map((pattern) => pattern.exec(message.split('\n')[0]!)?.[1]).find(Boolean);
  if (unknown !== undefined)
    return [
      'The compiler has met a name that it does not know. Compare it with those in the comment TODO, letter by letter.',
      `Nobody has declared '${unknown}': it is spelled in another way, or it has to be imported (in C: included) at the top first.`,
      back,
    ];
  return [
    'Read the first message only: the others often follow from it.',
    'The line is in your file. Compare the brackets, quotes and types there with the lines around it.',
    back,
  ];
}

/** What the learner's code threw, or what the kernel refused to do for it. */
export function stopped(error: unknown, work: Workspace): Finding {
  if (!(error instanceof DrydockError)) {
    const { message, at } = thrownAt(error, work);
    return { did: `threw: ${message}`, at, kernel: 'was not asked any more', wanted: 'code that comes to its end' };
  }
  const { step, call, errno, at, hint, message } = error;
  const did =
    call === undefined
      ? message
      : `${step === undefined ? '' : `step ${step}  `}${call}${errno === undefined ? '' : ` = ${errorName(errno)}`}`;
  return {
    did,
    at: at && friendly(work, at),
    kernel: hint === undefined ? message : `${message}\n${hint}`,
    wanted: 'code that the runtime can go through to its end',
  };
}

/** The facts that a check's own hints speak of were not found: its function ended before. */
export const HINTS_FOR_THROWN = [
  'Your code ended at that line, before the kernel was asked. What was thrown, says "you did".',
  'Which value in that line is not what you took it for? A config may lack any part: `?.` asks on, `??` says what then.',
  'console.log(…) in the line above shows it: the check prints what your code prints.',
];

/** The check's own hints. The second speaks of what was found out; where that is missing it says what was in its way. */
export function hintsWhenStopped(own: readonly string[], { did, kernel }: Finding): string[] {
  const [what] = kernel.split('\n');
  const instead = `It did not come so far that this could be seen. In its way: ${did.replace(/ +/g, ' ')}${did === what ? '' : ` (${what})`}.`;
  // Sentence by sentence: what is advice in it stays true.
  const sayable = (hint: string): string =>
    [
      ...new Set(hint.split(/(?<=[.?!]) /).map((sentence) => (/\bundefined\b/.test(sentence) ? instead : sentence))),
    ].join(' ');
  return own.map((hint, tier) => (tier === 1 ? sayable(hint) : hint));
}

/** Whether a learner's line has thrown it, and not a call of ours in it. */
export function isOfTheirs(error: unknown, work: Workspace): boolean {
  return !(error instanceof DrydockError) && thrownAt(error, work).at !== undefined;
}

export const HINTS_FOR_REPLACED = [
  'Your code runs in the process of the check. What that asks the kernel with is to stay as it is.',
  'A function of a module, or a method of all arrays, strings or promises, is now one of yours: "you did" says which.',
  'Keep to the function that you are to write. console.log(…) in it shows what it is given.',
];

/** The check's answer was not the kernel's. */
export function withReplaced(tool: string): Finding {
  return {
    did: `replaced ${tool}`,
    kernel: 'was asked with a tool of yours: its answer counts for nothing',
    wanted: 'the tools of the check as they were',
  };
}
