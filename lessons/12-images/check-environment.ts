/** The checks of `environmentOf`: three lists become one, and the kernel says what a program was given. */
import type { environmentOf } from '../../src/images/spec.ts';
import { check, type Bench, type Check } from '../../src/learn/check/check.ts';
import { functionOf } from '../../src/learn/check/solved.ts';
import { frozen, variablesOf } from './from-config.ts';
import { started } from './theirs.ts';

const ENVIRONMENT = 'images/spec.ts#environmentOf';
export const ONCE = 'each name stands once: ours, over it the image’s, over that the person’s';

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
    see: 'tr "\\0" "\\n" < /proc/PID/environ    (PID: of the container)',
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
    const seen = t.fact('got', variablesOf(container, 'A', 'HOME'));
    t.must(seen === 'A=2 HOME=/srv', {
      did: 'started it: HOME is ours and the image’s, A the image’s and the person’s',
      kernel: `environ: ${seen}`,
      wanted: 'A=2 HOME=/srv',
    });
  },
);

const away = check(
  'a name without a sign takes the variable away, whoever has set it',
  {
    slot: ENVIRONMENT,
    needs: [ONCE],
    see: './drydock run --rm -e HOME IMAGE env    (after: unset HOME)',
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
        ['HOME=/', 'TERM=xterm', 'LANG=C'],
        ['A=1', 'B=', 'LANG'],
        ['HOME', 'A', 'NOBODY', 'C', 'C=1', 'D=1', 'D'],
      ],
      ['TERM=xterm', 'B=', 'C=1'],
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

export const environmentChecks: readonly Check[] = [once, away, exact];
