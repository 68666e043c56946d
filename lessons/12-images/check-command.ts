/** The checks of `commandOf`: what an image and a person say together, and what the kernel says was executed. */
import type { RunConfig } from '../../src/images/config.ts';
import type { Asked, commandOf } from '../../src/images/spec.ts';
import { check, type Bench, type Check } from '../../src/learn/check/check.ts';
import { functionOf } from '../../src/learn/check/solved.ts';
import { commandLine, frozen } from './from-config.ts';
import { started } from './theirs.ts';

export const COMMAND = 'images/spec.ts#commandOf';
export const TOGETHER = 'an image starts its Entrypoint with its Cmd behind it, or the one that it has';

/** An image, what a person asked for, and what is to come out. */
type Case = readonly [image: RunConfig, asked: Pick<Asked, 'args' | 'entrypoint'>, wanted: string];

const command = (...words: string[]): string => JSON.stringify(words);

/** What the learner's function makes of it: words, or the code of an error with its message. */
function answerTo(t: Bench, [image, asked]: Case): string {
  try {
    return JSON.stringify(functionOf<typeof commandOf>(t, COMMAND)(frozen(image), frozen(asked)));
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === undefined) throw error;
    return `${code}: ${message}`;
  }
}

/** `docker run --entrypoint "sh" IMAGE ls`, with what the image says. */
function asTyped([image, { entrypoint, args = [] }]: Case): string {
  const replaced = entrypoint === undefined ? '' : ` --entrypoint "${entrypoint}"`;
  const { Entrypoint, Cmd } = image;
  return `run${replaced} ${['IMAGE', ...args].join(' ')}    (Entrypoint ${JSON.stringify(Entrypoint ?? null)}, Cmd ${JSON.stringify(Cmd ?? null)})`;
}

function judge(t: Bench, cases: readonly Case[]): void {
  for (const one of cases) {
    const typed = t.fact('typed', asTyped(one));
    const answer = t.fact('answer', answerTo(t, one));
    const wanted = t.fact('wanted', one[2]);
    t.must(answer === wanted, { did: typed, kernel: `would be asked to start ${answer}`, wanted });
  }
}

const together = check(
  TOGETHER,
  {
    slot: COMMAND,
    see: './drydock inspect IMAGE; tr "\\0" " " < /proc/PID/cmdline    (PID: of the container)',
    hint: ({ typed, answer }) => [
      'Entrypoint and Cmd are two halves of one command line, and an image may have left out either.',
      `${String(typed)} came to ${String(answer)}.`,
      '[...(image.Entrypoint ?? []), ...(image.Cmd ?? [])], when nothing was asked for.',
    ],
  },
  async (t) => {
    judge(t, [
      [{ Entrypoint: ['sleep'], Cmd: ['1000'] }, {}, command('sleep', '1000')],
      [{ Cmd: ['sleep', '1000'] }, {}, command('sleep', '1000')],
      [{ Entrypoint: ['sleep', '1000'] }, {}, command('sleep', '1000')],
    ]);
    const seen = commandLine(await started(t, { Entrypoint: ['sleep'], Cmd: ['1000'] }));
    t.must(seen === 'sleep 1000', { did: 'started it', kernel: `cmdline: ${seen}`, wanted: 'sleep 1000' });
  },
);

const words = check(
  'words behind the image’s name stand in place of Cmd, and the Entrypoint stays in front',
  {
    slot: COMMAND,
    needs: [TOGETHER],
    see: './drydock run --rm IMAGE WORDS…',
    hint: ({ typed, answer }) => [
      'Cmd is what an image does if you say nothing. What is left of it when you say something?',
      `${String(typed)} came to ${String(answer)}.`,
      'args.length > 0 ? args : (image.Cmd ?? []), behind the Entrypoint.',
    ],
  },
  async (t) => {
    judge(t, [
      [{ Entrypoint: ['sleep'], Cmd: ['1000'] }, { args: ['1001'] }, command('sleep', '1001')],
      [{ Cmd: ['sh', '-l'] }, { args: ['sleep', '1001'] }, command('sleep', '1001')],
      [{ Entrypoint: ['sleep', '1000'] }, { args: [] }, command('sleep', '1000')],
    ]);
    const seen = commandLine(await started(t, { Entrypoint: ['sleep'], Cmd: ['1000'] }, { args: ['1001'] }));
    t.must(seen === 'sleep 1001', { did: 'started it', kernel: `cmdline: ${seen}`, wanted: 'sleep 1001' });
  },
);

const replaced = check(
  'another entrypoint does not get the words that were meant for the old one',
  {
    slot: COMMAND,
    needs: [TOGETHER],
    see: './drydock run --rm --entrypoint PROGRAM IMAGE',
    hint: ({ typed, answer }) => [
      'The image’s Cmd was written for the image’s Entrypoint. What would another program make of it?',
      `${String(typed)} came to ${String(answer)}.`,
      'With entrypoint !== undefined: the front is [entrypoint], or [] for an empty text, and behind it are args alone.',
    ],
  },
  (t) => {
    const image = { Entrypoint: ['/init'], Cmd: ['serve', '-v'] };
    judge(t, [
      [image, { entrypoint: 'sh' }, command('sh')],
      [image, { entrypoint: 'sh', args: ['-c', 'date'] }, command('sh', '-c', 'date')],
      [{ Cmd: ['serve'] }, { entrypoint: 'sh' }, command('sh')],
      [image, { entrypoint: '', args: ['ls'] }, command('ls')],
    ]);
    return Promise.resolve();
  },
);

const nothing = check(
  'where there is nothing to start, that is said in words',
  {
    slot: COMMAND,
    needs: [TOGETHER],
    see: './drydock run --rm --entrypoint "" IMAGE',
    hint: ({ typed, answer }) => [
      'An image need not name a program: one that was imported from files alone does not.',
      `${String(typed)} came to ${String(answer)}, and nobody can start that.`,
      "if (command.length === 0) throw new DrydockError('BAD_USAGE', 'No command specified');",
    ],
  },
  (t) => {
    const wanted = 'BAD_USAGE: No command specified';
    judge(t, [
      [{}, {}, wanted],
      [{ Entrypoint: [], Cmd: [] }, {}, wanted],
      [{ Entrypoint: ['/init'], Cmd: ['serve'] }, { entrypoint: '' }, wanted],
    ]);
    return Promise.resolve();
  },
);

export const commandChecks: readonly Check[] = [together, words, replaced, nothing];
