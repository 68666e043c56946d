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
    title: 'keep_caps comes after what it should outlive',
    slot: STEPS,
    body: [...start, bound, change, keep, set, raise, seal],
    fails: user!,
    hint: /keep_caps keeps it over that change, if it comes before/,
  },
  {
    title: 'the powers are given away before the user changes',
    slot: STEPS,
    body: [...start, bound, keep, set, raise, change, seal],
    fails: root!,
    hint: /SETGID and SETUID were gone already/,
  },
  {
    title: 'the inheritable set is filled from the bounding one',
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
    title: 'a config that names none gets all of them',
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
    title: 'the bounding set comes last, when nobody may change it',
    slot: STEPS,
    body: [...start, keep, change, set, raise, bound, seal],
    fails: root!,
    hint: /needs SETPCAP in the effective set/,
  },
  {
    title: 'the bounding set is forgotten',
    slot: STEPS,
    body: [...start, keep, change, set, raise, seal],
    fails: root!,
    hint: /nothing was dropped from it/,
  },
  {
    title: 'the bounding set comes after the change of user, which works for root',
    slot: STEPS,
    body: [...start, keep, change, bound, set, raise, seal],
    fails: user!,
    hint: /needs SETPCAP in the effective set/,
  },
  {
    title: 'the change of user is forgotten',
    slot: STEPS,
    body: [...start, bound, keep, set, raise, seal],
    fails: user!,
    hint: /nobody has changed them/,
  },
  {
    title: 'an exec is taken for somebody else’s affair',
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
    title: 'the ambient set is raised before there is room for it',
    slot: STEPS,
    body: [...start, bound, keep, change, raise, set, seal],
    fails: ambient!,
    hint: /permitted AND inheritable at that moment/,
  },
  {
    title: 'the ambient set is forgotten',
    slot: STEPS,
    body: [...start, bound, keep, change, set, seal],
    fails: ambient!,
    hint: /cap_ambient last/,
  },
  {
    title: 'setuid programs keep their power',
    slot: STEPS,
    body: [...start, bound, keep, change, set, raise],
    fails: sealed!,
    hint: /One bit forbids it/,
  },
];
