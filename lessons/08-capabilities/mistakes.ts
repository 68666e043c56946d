/** What learners get wrong in lesson capabilities, the likely things first. */
import type { Mistake } from '../../src/learn/mistake.ts';
import { checks, SETS, STEPS } from './check.ts';

const [named, root, execToo, user, ambient, sealed] = checks.map(({ title }) => title);

const start = [
  'const { process, features } = context;',
  'const { bounding, effective, permitted, inheritable, ambient } = setsOf(process);',
  'if (ambient && !features.ambientCapabilities) throw noAmbient();',
];
const bound = 'plan.cap_bounding(bounding);';
const keep = 'plan.keep_caps();';
const change = 'changeUser(plan, context);';
const set = 'plan.capset(effective, permitted, inheritable);';
const raise = 'plan.cap_ambient(ambient);';
const seal = 'if (process.noNewPrivileges) plan.no_new_privs();';

export const mistakes: readonly Mistake[] = [
  {
    title: 'keeps the capabilities when they are gone',
    slot: STEPS,
    body: [...start, bound, change, keep, set, raise, seal],
    fails: user!,
    hint: /keep_caps keeps it over that change, if it comes before/,
  },
  {
    title: 'gives its powers away before it changes the user',
    slot: STEPS,
    body: [...start, bound, keep, set, raise, change, seal],
    fails: root!,
    hint: /SETGID and SETUID were gone already/,
  },
  {
    title: 'fills the inheritable set from the bounding one',
    slot: SETS,
    body: [
      'const { capabilities: asked = {} } = process;',
      'const numbers = (names: readonly string[] = []): number =>',
      '  capabilitySet(names.map(capabilityNumber).filter((number) => number !== undefined));',
      'const bounding = numbers(asked.bounding);',
      'return {',
      '  bounding, effective: numbers(asked.effective), permitted: numbers(asked.permitted),',
      '  inheritable: bounding, ambient: numbers(asked.ambient),',
      '};',
    ],
    fails: named!,
    hint: /CVE-2022-29162/,
  },
  {
    title: 'gives all of them to a config that names none',
    slot: SETS,
    body: [
      'const asked = process.capabilities;',
      'const numbers = (names: readonly string[] = []): number =>',
      '  capabilitySet(names.map(capabilityNumber).filter((number) => number !== undefined));',
      'return Object.fromEntries(sets.map((set) => [set, asked ? numbers(asked[set]) : ownBoundingSet()])) as Sets;',
    ],
    fails: named!,
    hint: /Without the section the process has none/,
  },
  {
    title: 'bounds last, when it may no more',
    slot: STEPS,
    body: [...start, keep, change, set, raise, bound, seal],
    fails: root!,
    hint: /needs SETPCAP in the effective set/,
  },
  {
    title: 'forgets the bounding set',
    slot: STEPS,
    body: [...start, keep, change, set, raise, seal],
    fails: root!,
    hint: /CapBnd is .*Which step would do that/,
  },
  {
    title: 'bounds after the change of user, which works for root',
    slot: STEPS,
    body: [...start, keep, change, bound, set, raise, seal],
    fails: user!,
    hint: /needs SETPCAP in the effective set/,
  },
  {
    title: 'forgets the change of user',
    slot: STEPS,
    body: [...start, bound, keep, set, raise, seal],
    fails: user!,
    hint: /nobody has changed them/,
  },
  {
    title: 'thinks that an exec is somebody else’s affair',
    slot: STEPS,
    body: [
      ...start,
      "if (context.mode === 'exec') return changeUser(plan, context);",
      bound,
      keep,
      change,
      set,
      raise,
      seal,
    ],
    fails: execToo!,
    hint: /whatever the mode is/,
  },
  {
    title: 'raises the ambient set before there is room for it',
    slot: STEPS,
    body: [...start, bound, keep, change, raise, set, seal],
    fails: ambient!,
    hint: /permitted AND inheritable at that moment/,
  },
  {
    title: 'has no ambient set',
    slot: STEPS,
    body: [...start, bound, keep, change, set, seal],
    fails: ambient!,
    hint: /cap_ambient last/,
  },
  {
    title: 'leaves setuid programs their power',
    slot: STEPS,
    body: [...start, bound, keep, change, set, raise],
    fails: sealed!,
    hint: /One bit forbids it/,
  },
];
