/** The checks of the graph: Dockerfiles whose arrows are known, and then one that is built. */
import { parseDockerfile, type Stage } from '../../src/builder/dockerfile/index.ts';
import { targetOf, type neededBy, type stagesFor } from '../../src/builder/stages.ts';
import { Scope } from '../../src/builder/variables.ts';
import { DrydockError } from '../../src/errors.ts';
import { check, consequence, type Bench, type Check } from '../../src/learn/check/check.ts';
import { functionOf } from '../../src/learn/check/solved.ts';
import { withTheirs } from './theirs.ts';
import { text, waits } from './yard.ts';

const NEEDED = 'builder/stages.ts#neededBy';
const FOR = 'builder/stages.ts#stagesFor';
const TAKES = 'a stage needs what it begins with, what it copies from and what it mounts, and nothing else';
const BEFORE = 'a name is the last stage of that name before this one, or no stage at all';
const NUMBER = 'a number counts stages where something is copied, and names an image behind FROM';
const FILLED = 'variables behind FROM are filled in';
const ALL = 'what is needed by what is needed is built, and what nobody needs is not';

/** `2 hull`, or what else somebody may have put into the list. */
const nameOf = (stage: Stage | undefined): string =>
  stage === undefined ? 'undefined' : `${stage.index}${stage.name ? ` ${stage.name}` : ''}`;
const list = (stages: readonly (Stage | undefined)[]): string => stages.map(nameOf).join(', ') || 'none';

/** What the learner's function says that a stage needs, in the order of the file. */
function needs(t: Bench, dockerfile: string, index: number): string {
  const { stages, args } = parseDockerfile(dockerfile);
  const scope = new Scope({}, new Map());
  for (const { name, value } of args.flatMap((one) => one.args)) scope.name(name, value);
  const all = functionOf<typeof neededBy>(t, NEEDED)(stages, stages[index]!, scope);
  return list([...new Set(all)].sort((a, b) => Number(a?.index) - Number(b?.index)));
}

/** Asks for one stage of a Dockerfile, and ends the check when the answer is another. */
function mustNeed(t: Bench, dockerfile: string, index: number, wanted: string): void {
  const is = t.fact('is', needs(t, dockerfile, index));
  t.fact('wanted', wanted);
  t.must(is === wanted, {
    did: `asked what stage ${index} needs of: ${dockerfile.trim().split('\n').join(' / ')}`,
    kernel: `your function says: ${is}`,
    wanted,
  });
}

const takes = check(
  TAKES,
  {
    slot: NEEDED,
    see: "printf 'FROM lab AS ore\\nFROM scratch\\nCOPY --from=ore /bin /bin\\n' | ./drydock build --progress plain -",
    hint: ({ what, is, wanted }) => [
      'Three words of a Dockerfile may name a stage. FROM is one of them: which are the others?',
      `A stage ${String(what)} needs ${String(wanted)}; your function says: ${String(is)}.`,
      'Of each of stage.instructions, sourcesOf(instruction) has the names: flatMap, and stageNamed(before, name). And the base beside them.',
    ],
  },
  async (t) => {
    const four = 'FROM scratch AS steel\nFROM scratch AS wood\nFROM scratch AS paint\nFROM scratch AS docs\n';
    const cases = [
      ['that begins with another', 'FROM steel\n', '0 steel'],
      ['that copies from another', 'FROM scratch\nCOPY --from=wood /a /\nCOPY plan /\n', '1 wood'],
      ['that mounts another', 'FROM scratch\nRUN --mount=type=bind,from=paint,target=/p true\n', '2 paint'],
      [
        'that does all of it',
        'FROM wood\nCOPY --from=steel /a /\nCOPY --from=steel /b /\nRUN --mount=from=paint,target=/p true\n',
        '0 steel, 1 wood, 2 paint',
      ],
      ['that needs none', 'FROM scratch\nCOPY plan /\nRUN make\n', 'none'],
    ] as const;
    for (const [what, last, wanted] of cases) {
      t.fact('what', what);
      mustNeed(t, four + last, 4, wanted);
    }
  },
);

const before = check(
  BEFORE,
  {
    slot: NEEDED,
    needs: [TAKES],
    see: "printf 'FROM lab AS lab\\n' | ./drydock build -",
    hint: ({ is, wanted, index }) => [
      'FROM lab AS lab is a good Dockerfile. Which lab is the first, and which the second?',
      `Stage ${String(index)} needs ${String(wanted)}; your function says: ${String(is)}.`,
      'stageNamed(stages.slice(0, stage.index), name), for the base and for all others: without itself, and nothing further down.',
    ],
  },
  async (t) => {
    const dockerfile = [
      'FROM scratch AS hull',
      'FROM scratch AS hull',
      'FROM hull AS ship',
      'COPY --from=later /a /',
      'FROM ship AS ship',
      'FROM scratch AS later',
      'FROM busybox AS busybox',
      'COPY --from=HULL /a /',
    ].join('\n');
    for (const [index, wanted] of [
      [2, '1 hull'],
      [3, '2 ship'],
      [4, 'none'],
      [5, '1 hull'],
    ] as const) {
      t.fact('index', index);
      mustNeed(t, dockerfile, index, wanted);
    }
  },
);

const number = check(
  NUMBER,
  {
    slot: NEEDED,
    needs: [BEFORE],
    see: "printf 'FROM lab\\nCOPY --from=7 / /\\n' | ./drydock build -",
    hint: ({ is, wanted, threw }) => [
      'COPY --from=0 and FROM 0: both are written in Dockerfiles, and they do not mean the same.',
      threw !== undefined
        ? `COPY --from=${String(threw)} names no stage before, and your function says: ${String(is)}. Nobody is going to find an image of that name.`
        : `Wanted: ${String(wanted)}; your function says: ${String(is)}.`,
      'Behind FROM: isNumber(base) ? undefined : stageNamed(…). Elsewhere: if (!named && isNumber(name)) throw noSuchStage(name, before.length).',
    ],
  },
  async (t) => {
    mustNeed(t, 'FROM scratch AS hull\nFROM scratch\nCOPY --from=0 /a /\n', 1, '0 hull');
    mustNeed(t, 'FROM scratch AS hull\nFROM 0\n', 1, 'none');
    for (const one of ['1', '7']) {
      t.fact('threw', one);
      const is = t.fact(
        'is',
        refused(() => needs(t, `FROM scratch\nFROM scratch\nCOPY --from=${one} /a /\n`, 1)),
      );
      t.must(is === 'INSTRUCTION_FAILED', {
        did: `asked what stage 1 needs, which has COPY --from=${one}`,
        kernel: `your function says: ${is}`,
        wanted: 'an error: no stage before it has this number',
      });
    }
  },
);

/** The code of the error, or what was answered instead. */
function refused(ask: () => string): string {
  try {
    return ask();
  } catch (error) {
    if (error instanceof DrydockError) return error.code;
    throw error;
  }
}

const filled = check(
  FILLED,
  {
    slot: NEEDED,
    needs: [TAKES],
    see: "printf 'ARG BASE=lab\\nFROM lab AS hull\\nFROM $BASE\\n' | ./drydock build --build-arg BASE=hull -",
    hint: ({ is }) => [
      'The name behind FROM may be a variable. Who knows what it holds?',
      `FROM \${BASE}, and BASE is hull: your function says ${String(is)}.`,
      'expandInstruction(stage.from, variables).base, and not stage.base, which is as it was written.',
    ],
  },
  async (t) => mustNeed(t, 'ARG BASE=hull\nFROM scratch AS hull\nFROM ${BASE}\n', 1, '0 hull'),
);

/** What has to be built, by the learner's functions. */
function neededFor(t: Bench, text: string, target?: string): string {
  const dockerfile = parseDockerfile(text);
  const scope = new Scope({}, new Map());
  return list(functionOf<typeof stagesFor>(t, FOR)(dockerfile, targetOf(dockerfile, target), scope));
}

const yard = `FROM scratch AS ore
COPY ore /ore
FROM scratch AS steel
COPY --from=ore /ore /steel
FROM scratch AS docs
COPY what-nobody-has /docs
FROM scratch
COPY --from=steel /steel /ship
`;

const all = check(
  ALL,
  {
    slot: FOR,
    needs: [TAKES],
    see: "printf 'FROM lab AS steel\\nFROM lab\\nRUN false\\n' | ./drydock build --target steel -",
    hint: ({ is, target }) => [
      'The ship takes from steel, and steel takes from ore. What does the ship need?',
      `For ${String(target)} your function says: ${String(is)}.`,
      'A list of what is ahead, with the target in it: take one, note it, and put what it needs ahead. Until none is left.',
    ],
  },
  (t) =>
    withTheirs(t, async ({ build, look }) => {
      for (const [target, wanted] of [
        [undefined, '0 ore, 1 steel, 3'],
        ['steel', '0 ore, 1 steel'],
        ['ore', '0 ore'],
      ] as const) {
        t.fact('target', target ?? 'the last stage');
        const is = t.fact('is', neededFor(t, yard, target));
        t.must(is === wanted, {
          did: `asked what has to be built for ${target ?? 'the last stage'}`,
          kernel: `your function says: ${is}`,
          wanted,
        });
      }
      const { id, steps } = await build(yard, { ore: 'iron' });
      const ship = await look(id, text('ship'));
      const begun = steps.filter((step) => step.startsWith('FROM')).length;
      t.must(ship === 'iron' && begun === 3, {
        did: 'built it',
        kernel: `the ship is of "${ship}"; ${begun} stages were begun`,
        wanted: '"iron", and 3: the fourth, which cannot be built, is needed by nobody',
      });
    }),
);

const once = check(
  'each stage once, in the order of the file',
  {
    slot: FOR,
    needs: [ALL],
    see: "printf 'FROM lab AS a\\nFROM a AS b\\nFROM b\\nCOPY --from=a / /\\n' | ./drydock build --progress plain -",
    hint: ({ is }) => [
      'Two stages need the same third one. In which order do you come to them, and how often?',
      `Wanted: 0 a, 1 b, 2 c, 3. Your function says: ${String(is)}.`,
      'A Set of those that were noted, asked before each; and at the end dockerfile.stages.filter((stage) => needed.has(stage)).',
    ],
  },
  async (t) => {
    const diamond = 'FROM scratch AS a\nFROM a AS b\nFROM a AS c\nFROM b\nCOPY --from=c / /\nCOPY --from=a / /\n';
    const is = t.fact('is', neededFor(t, diamond));
    t.must(is === '0 a, 1 b, 2 c, 3', {
      did: 'asked for a stage that needs b and c, which both need a',
      kernel: `your function says: ${is}`,
      wanted: '0 a, 1 b, 2 c, 3',
    });
  },
);

const parallel = consequence(
  'stages that need nothing of each other are built at the same time, and nothing but images is left',
  {
    slot: NEEDED,
    needs: [TAKES, ALL],
    see: "printf 'FROM lab AS a\\nRUN sleep 3\\nFROM lab\\nRUN sleep 3\\nCOPY --from=a /etc /a\\n' | ./drydock build -",
  },
  (t) =>
    withTheirs(t, async ({ build, left }) => {
      const two = `FROM lab AS port\n${waits('port', 'starboard')}\nFROM lab AS starboard\n${waits('starboard', 'port')}\n`;
      const { ran } = await build(
        `${two}FROM scratch\nCOPY --from=port /etc/passwd /a\nCOPY --from=starboard /etc/passwd /b\n`,
      );
      const isLeft = await left();
      t.must(ran.length === 2 && isLeft === 'nothing', {
        did: 'built two stages of which each waits for the other',
        kernel: `${ran.length} programs have run; containers, folders and open snapshots that are left: ${isLeft}`,
        wanted: '2, and nothing',
      });
    }),
);

export const stageChecks: readonly Check[] = [takes, before, number, filled, all, once, parallel];
