/** What learners get wrong in lesson world; each body stands in place of the reference's. */
import type { Mistake } from '../../src/learn/mistake.ts';
import { CLAIM, LIST, PLACES, STEPS, WALL } from './check.ts';

const REFUSED = 'a place that is no absolute path is refused, by name';
const READING = 'reading and executing are as they were, and a config that asks for nothing gets nothing';
const CANNOT = 'a kernel that lacks Landlock is told from one that was not asked';

/** The reference, with some of its lines replaced. */
const places = ({
  unasked = 'if (asked === undefined) return undefined;',
  list = "asked === '' ? [] : asked.split(':')",
  wrong = "const wrong = places.find((place) => !place.startsWith('/'));",
} = {}): string[] => [
  'const asked = annotations[WRITABLE];',
  unasked,
  `const places = ${list};`,
  wrong,
  'if (wrong === undefined) return places;',
  "throw new DrydockError('SPEC_INVALID', `'${wrong}' is no absolute path`);",
];

const steps = ({
  unasked = 'if (places === undefined) return;',
  rights = 'writing(features)',
  rules = [
    'for (const [index, place] of places.entries()) {',
    '  plan.open(place, PLACE).into(`place ${index}`);',
    "  plan.landlock_add_rule(slot('ruleset'), rights, slot(`place ${index}`));",
    '}',
  ],
  last = "plan.landlock_restrict_self(slot('ruleset'));",
} = {}): string[] => [
  'const places = placesOf(spec);',
  unasked,
  `const rights = ${rights};`,
  "plan.landlock_create_ruleset(rights).into('ruleset');",
  ...rules,
  last,
];

export const mistakes: readonly Mistake[] = [
  {
    title: 'an empty annotation is taken for none',
    slot: PLACES,
    body: places({ unasked: 'if (!asked) return undefined;' }),
    fails: LIST,
    hint: /"" came to undefined/,
  },
  {
    title: 'the ruleset is made and never put on',
    slot: STEPS,
    body: steps({ last: '' }),
    fails: WALL,
    hint: /root could write in: \/tmp \/srv \/etc/,
  },
  {
    title: 'no annotation is taken for no place at all',
    slot: STEPS,
    body: steps({ unasked: '' }).map((line) =>
      line === 'const places = placesOf(spec);' ? 'const places = placesOf(spec) ?? [];' : line,
    ),
    fails: READING,
    hint: /Without the annotation root could write in: none/,
  },
  {
    title: 'an empty text has one place in it',
    slot: PLACES,
    body: places({ list: "asked.split(':')" }),
    fails: LIST,
    hint: /one place without a name/,
  },
  {
    title: 'no annotation means nowhere',
    slot: PLACES,
    body: places({ unasked: 'if (asked === undefined) return [];' }),
    fails: LIST,
    hint: /no annotation came to \[\]/,
  },
  {
    title: 'any text is a path',
    slot: PLACES,
    body: places({ wrong: 'const wrong = undefined;' }),
    fails: REFUSED,
    hint: /"\/tmp:srv" came to \["\/tmp","srv"\]/,
  },
  {
    title: 'the rules are forgotten',
    slot: STEPS,
    body: steps({ rules: [] }),
    fails: WALL,
    hint: /With "\/tmp" root could write in: none/,
  },
  {
    title: 'only the first place has a rule',
    slot: STEPS,
    body: steps({
      rules: [
        'const [place] = places;',
        "if (place !== undefined) plan.open(place, PLACE).into('place');",
        "if (place !== undefined) plan.landlock_add_rule(slot('ruleset'), rights, slot('place'));",
      ],
    }),
    fails: WALL,
    hint: /With "\/tmp:\/srv" root could write in: \/tmp[.]/,
  },
  {
    title: 'reading is taken away, too',
    slot: STEPS,
    body: steps({ rights: 'writing(features) | 4' }),
    fails: WALL,
    hint: /execve = EACCES/,
  },
  {
    title: 'what was recorded before is remembered',
    slot: STEPS,
    body: [
      'const known = globalThis as { asked?: number };',
      'known.asked = (known.asked ?? 0) + 1;',
      "if (known.asked % 2 === 0) plan.open('/', PLACE).into('again');",
      ...steps(),
    ],
    fails: 'the isolators’ suite accepts it: no more than it requires, the same steps twice, nothing left',
    hint: /What if it remembers/,
  },
  {
    title: 'what the kernel cannot do is left out',
    slot: CLAIM,
    body: ['void [spec, features];', 'return null;'],
    fails: CANNOT,
    hint: /What must the runtime never do/,
  },
  {
    title: 'a kernel without it is refused, whoever asks',
    slot: CLAIM,
    body: [
      'void spec;',
      'if (features.landlock) return null;',
      "throw new DrydockError('UNSUPPORTED', 'no Landlock');",
    ],
    fails: CANNOT,
    hint: /with no annotation: UNSUPPORTED/,
  },
];
