/**
 * The checks of `commandOf` and `environmentOf`: what an image says becomes a config.json, and what becomes of that is asked
 * of the kernel.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import type { RunConfig } from '../../src/images/config.ts';
import type { Asked, commandOf, environmentOf } from '../../src/images/spec.ts';
import { check, consequence, type Bench, type Check } from '../../src/learn/check/check.ts';
import { functionOf } from '../../src/learn/check/solved.ts';
import { processFacts } from '../../src/learn/facts.ts';
import type { LabContainer } from '../../src/learn/stage.ts';
import { features } from '../../src/linux/features.ts';
import { imageOf, layerOf, withShelf } from './by-hand.ts';
import { withTheirs } from './check-chain.ts';

const COMMAND = 'images/spec.ts#commandOf';
const ENVIRONMENT = 'images/spec.ts#environmentOf';
const TOGETHER = 'an image starts its Entrypoint with its Cmd behind it, or the one that it has';
const ONCE = 'each name stands once: ours, over it the image’s, over that the person’s';

const ann = { uid: 1000, gid: 50, additionalGids: [], home: '/home' };

/** Nobody may write into a config: the next container reads it, too. */
function frozen<T>(value: T): T {
  for (const one of Object.values(value ?? {})) if (Array.isArray(one)) Object.freeze(one);
  return Object.freeze(value);
}

/** A container that the learner's functions have made the config of; or why there is none. */
async function started(t: Bench, image: RunConfig, asked: Partial<Asked> = {}): Promise<LabContainer | string> {
  const { imageSpec } = await withTheirs(t);
  const places = { rootfs: 'rootfs', account: ann, binds: {} };
  const wishes = frozen({ hostname: 'lab', terminal: false, ...asked });
  const { process } = imageSpec(frozen(image), wishes, places, features());
  try {
    return await t.run({ args: [], adjust: (spec) => ({ ...spec, process }) });
  } catch (error) {
    return (error as Error).message;
  }
}

const commandLine = (container: LabContainer | string): string =>
  typeof container === 'string' ? container : (processFacts(container.pid)?.command ?? 'nothing');

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
    see: './drydock inspect IMAGE; tr "\\0" " " < /proc/PID/cmdline',
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
    see: './drydock run IMAGE WORDS…',
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
    see: './drydock run --entrypoint PROGRAM IMAGE',
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
    see: './drydock run --entrypoint "" IMAGE',
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

type Variables = readonly [ours: readonly string[], image: readonly string[], asked: readonly string[]];

/** What the learner's function makes of three lists, in the order of the alphabet: any other means the same. */
const merged = (t: Bench, [ours, image, asked]: Variables): string[] =>
  [
    ...functionOf<typeof environmentOf>(t, ENVIRONMENT)(
      frozen([...ours]),
      frozen({ Env: [...image] }),
      frozen({ env: [...asked] }),
    ),
  ].sort();

function judgeVariables(t: Bench, variables: Variables, wanted: readonly string[]): void {
  const [ours, image, asked] = variables;
  const got = t.fact('got', merged(t, variables).join(' '));
  t.must(got === [...wanted].sort().join(' '), {
    did: `ours ${ours.join(' ')}; the image’s ${image.join(' ')}; asked for ${asked.join(' ') || 'nothing'}`,
    kernel: `would be given ${got}`,
    wanted: [...wanted].sort().join(' '),
  });
}

const once = check(
  ONCE,
  {
    slot: ENVIRONMENT,
    see: 'tr "\\0" "\\n" < /proc/PID/environ',
    hint: ({ got }) => [
      'The kernel takes a list of texts, and does not mind a name that stands in it twice. Which of the two does a program find?',
      `The container got ${String(got)}.`,
      'A Map from each name to its whole entry, filled in this order: ours, image.Env, asked.env. The last one stays.',
    ],
  },
  async (t) => {
    judgeVariables(
      t,
      [
        ['PATH=/bin', 'HOME=/'],
        ['PATH=/srv', 'A=1'],
        ['A=2', 'B=3'],
      ],
      ['PATH=/srv', 'HOME=/', 'A=2', 'B=3'],
    );
    const plain = functionOf<typeof environmentOf>(t, ENVIRONMENT)(frozen(['HOME=/']), frozen({}), frozen({}));
    const got = t.fact('got', plain.join(' '));
    t.must(got === 'HOME=/', { did: 'neither the image nor the person has any', kernel: got, wanted: 'HOME=/' });
    const container = await started(t, { Entrypoint: ['sleep', '1000'], Env: ['HOME=/srv', 'A=1'] }, { env: ['A=2'] });
    const seen = t.fact(
      'got',
      variablesOf(container)
        .filter((one) => /^(HOME|A)=/.test(one))
        .join(' '),
    );
    t.must(seen === 'A=2 HOME=/srv', {
      did: 'started it: HOME is ours and the image’s, A the image’s and the person’s',
      kernel: `environ: ${seen}`,
      wanted: 'A=2 HOME=/srv',
    });
  },
);

function variablesOf(container: LabContainer | string): string[] {
  if (typeof container === 'string') return [container];
  return readFileSync(`/proc/${container.pid}/environ`, 'utf8').split('\0').filter(Boolean).sort();
}

const away = check(
  'a name without a sign takes the variable away, whoever has set it',
  {
    slot: ENVIRONMENT,
    needs: [ONCE],
    see: './drydock run -e HOME IMAGE env    (after: unset HOME)',
    hint: ({ got }) => [
      '`HOME=` is a variable that is empty. What is `HOME` alone?',
      `The container got ${String(got)}.`,
      'if (entry.includes("=")) entries.set(name, entry); else entries.delete(name);',
    ],
  },
  (t) => {
    judgeVariables(
      t,
      [
        ['HOME=/', 'TERM=xterm'],
        ['A=1', 'B='],
        ['HOME', 'A', 'NOBODY'],
      ],
      ['TERM=xterm', 'B='],
    );
    return Promise.resolve();
  },
);

const exact = check(
  'a value is everything behind the first sign, and any name is a name',
  {
    slot: ENVIRONMENT,
    needs: [ONCE],
    see: "env -i 'A=b=c' '__proto__=1' env",
    hint: ({ got }) => [
      'Look at the odd ones: a value with signs in it, one that is empty, an entry without a name, a name that JavaScript knows.',
      `The container got ${String(got)}.`,
      "The name is entry.split('=', 1)[0], the entry is kept whole; an empty name is left out; a Map has no names of its own, as an object has.",
    ],
  },
  (t) => {
    judgeVariables(
      t,
      [['A=0'], ['A=b=c==', 'EMPTY=', '__proto__=1', '=nameless'], ['constructor=2']],
      ['A=b=c==', 'EMPTY=', '__proto__=1', 'constructor=2'],
    );
    return Promise.resolve();
  },
);

const whole = consequence(
  'a container is what its image says: program, environment, directory and user, read from outside',
  { slot: COMMAND, needs: [TOGETHER, ONCE], see: 'ls -l /proc/PID/cwd; grep Uid /proc/PID/status' },
  async (t) => {
    const theirs = await withTheirs(t);
    await withShelf(theirs, async ({ store, load }) => {
      const config = { Entrypoint: ['sleep'], Cmd: ['1000'], Env: ['ROLE=pilot'], WorkingDir: 'etc/../srv' };
      await load(imageOf('docker.io/library/hand:1', [await layerOf({ motd: 'ahoy\n' })], config));
      const image = await theirs.findImage(store, 'hand:1');
      const container = await started(t, image.config.config ?? {});
      if (typeof container === 'string')
        return t.must(false, { did: 'start', kernel: container, wanted: 'a container' });
      const seen = [
        commandLine(container),
        variablesOf(container).find((one) => one.startsWith('ROLE')),
        readlinkSync(`/proc/${container.pid}/cwd`),
        /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${container.pid}/status`, 'utf8'))?.[1],
      ].join(', ');
      const wanted = 'sleep 1000, ROLE=pilot, /srv, 1000';
      t.must(seen === wanted, { did: 'started hand:1 as user 1000', kernel: seen, wanted });
    });
  },
);

export const specChecks: readonly Check[] = [together, words, replaced, nothing, once, away, exact, whole];
