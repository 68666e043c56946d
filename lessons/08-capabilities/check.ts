/**
 * What the kernel has to confirm in lesson capabilities.
 *
 * The sets that the checks ask for are small on purpose: without SETUID, SETGID and SETPCAP among them, a step in the
 * wrong place is refused and cannot pass by chance. With Docker's fourteen most orders work.
 */
import { DrydockError } from '../../src/errors.ts';
import { capabilityNumber, capabilitySet } from '../../src/linux/capabilities.ts';
import { errorName } from '../../src/linux/errno.ts';
import { features } from '../../src/linux/features.ts';
import { check, type Bench, type Facts } from '../../src/learn/check/check.ts';
import { membersOf, namespaceOf, processFacts, until } from '../../src/learn/facts.ts';
import type { LabContainer, LabOptions } from '../../src/learn/stage.ts';
import type { Process } from '../../src/runtime/spec.ts';
import { groupsOf, having, LEARNER, lines, only, setsOfProcess, textOf, usersOf } from './sets.ts';

export const SETS = 'isolators/capabilities.ts#setsOf';
export const STEPS = 'isolators/capabilities.ts#steps';

const NAMED = 'a set has what config.json names, and is empty where it names nothing';
const ROOT = 'root has the sets of its config, and nothing that it starts can get more';
const USER = 'another user is that user, and root’s powers are gone';
const PROGRAM = ['sleep', '1000'];
const SMALL = ['CAP_KILL', 'CAP_NET_RAW'];
const PATIENCE_MS = 5000;

type Sets = Readonly<Record<string, number>>;

const cases: readonly (readonly [
  asked: Process['capabilities'],
  wanted: Partial<Record<string, readonly string[]>>,
])[] = [
  [only(...SMALL), { bounding: SMALL, effective: SMALL, permitted: SMALL }],
  [
    { ...only(...SMALL), inheritable: ['CAP_KILL'], ambient: ['CAP_KILL'] },
    { inheritable: ['CAP_KILL'], ambient: ['CAP_KILL'] },
  ],
  [{ bounding: ['CAP_KILL', 'CAP_WIND'] }, { bounding: ['CAP_KILL'], effective: [], permitted: [] }],
  [undefined, { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] }],
];

const named = check(
  NAMED,
  {
    slot: SETS,
    see: './drydock oci spec; grep -A20 capabilities config.json',
    hint: ({ set, is, wanted, asked }) => [
      'Each of the five sets has a list of its own in process.capabilities. Any of them may be missing.',
      asked === undefined
        ? 'Without the section the process has none: with runc, too. A default belongs into the config, where it is seen.'
        : set === 'inheritable'
          ? `inheritable was not asked for and has ${String(is)}: that is CVE-2022-29162. It is never filled from another set.`
          : `${String(set)} came to ${String(is)}, and it has to be ${String(wanted)}.`,
      'For each of `sets`: capabilitySet of the numbers of its names, names of which there is no number left out.',
    ],
  },
  async (t) => {
    const solved = t.solved(SETS);
    if (solved.kind !== 'function') return;
    const run = solved.run as unknown as (process: Pick<Process, 'capabilities'>) => Sets;
    for (const [asked, wanted] of cases) {
      const sets = run({ capabilities: asked });
      for (const set of ['bounding', 'effective', 'permitted', 'inheritable', 'ambient']) {
        const named = wanted[set] ?? (asked as Record<string, readonly string[]> | undefined)?.[set] ?? [];
        const is = textOf(sets[set] ?? NaN);
        const should = textOf(capabilitySet(named.map((name) => capabilityNumber(name)!)));
        t.fact('asked', asked);
        t.fact('set', set);
        t.must(t.fact('is', is) === t.fact('wanted', should), {
          did: `setsOf with capabilities ${JSON.stringify(asked) ?? 'missing'}: ${set} is ${is}`,
          kernel: 'was not asked: these are the numbers that it would get',
          wanted: should,
        });
      }
    }
  },
);

/** Why a step was refused: the same EPERM has another reason for each of them. */
function refusal({ call, uid }: Facts): string {
  const user = uid === 0 ? 'root' : `user ${String(uid)}`;
  switch (call) {
    case 'cap_bounding':
      return 'Dropping from the bounding set needs SETPCAP in the effective set: the change of user, or a capset before it, has taken that.';
    case 'setgroups':
    case 'setresgid':
    case 'setresuid':
      return `${String(call)} was refused: SETGID and SETUID were gone already. What has taken them before the change of user?`;
    case 'capset':
      return `capset for ${user} asked for more than is permitted: the change of user has cleared the permitted set. keep_caps keeps it over that change, if it comes before.`;
    case 'cap_ambient':
      return 'The ambient set takes only what is permitted AND inheritable at that moment: capset has to come before.';
    default:
      return `${String(call)} was refused.`;
  }
}

/** A container for that process; what a refused step was is noted for the hints. */
async function run(t: Bench, process: Partial<Process>, options: Partial<LabOptions> = {}): Promise<LabContainer> {
  t.fact('uid', process.user?.uid ?? 0);
  try {
    return await t.run({ args: PROGRAM, ...options, adjust: having(process) });
  } catch (error) {
    if (error instanceof DrydockError && error.call) {
      t.fact('call', error.call);
      t.fact('errno', error.errno && errorName(error.errno));
    }
    throw error;
  }
}

const root = check(
  ROOT,
  {
    slot: STEPS,
    see: './drydock try --cap-drop ALL --cap-add KILL --cap-add NET_RAW grep Cap /proc/self/status',
    hint: (facts) => [
      'CapBnd bounds what any program started from here on can have; CapPrm and CapEff are what this one has.',
      facts.call !== undefined
        ? refusal(facts)
        : facts.line === 'CapBnd'
          ? `CapBnd is ${String(facts.is)}: nothing was dropped from it, and from it root's next execve takes its permitted set.`
          : `${String(facts.line)} is ${String(facts.is)}, and it has to be ${String(facts.wanted)}. Which step would do that?`,
      'In this order: cap_bounding, keep_caps, changeUser, capset(effective, permitted, inheritable), cap_ambient.',
    ],
  },
  async (t) => {
    const container = await run(t, { capabilities: only(...SMALL) });
    await mustHave(t, container.pid, { CapBnd: 'KILL NET_RAW', CapPrm: 'KILL NET_RAW', CapEff: 'KILL NET_RAW' });
  },
);

/** The five lines of a process; those that are not named must be empty. */
async function mustHave(t: Bench, pid: number, wanted: Readonly<Record<string, string>>): Promise<void> {
  const sets = setsOfProcess(pid);
  for (const line of lines) {
    const should = wanted[line] ?? 'none';
    t.fact('line', line);
    t.must(t.fact('is', sets[line]) === t.fact('wanted', should), {
      did: `process ${pid} was started with what your steps left`,
      kernel: `${line} is ${sets[line]}`,
      wanted: should,
    });
  }
}

const execToo = check(
  'a process of an exec has the same sets, and none is inheritable',
  {
    slot: STEPS,
    needs: [ROOT],
    see: './drydock oci exec ID grep Cap /proc/self/status',
    hint: ({ line, is, wanted }) => [
      'An exec walks a plan of its own, recorded by the same function: context.mode is `exec` then.',
      `In the exec ${String(line)} is ${String(is)}, and it has to be ${String(wanted)}: who enters a container must not have more than it (CVE-2022-29162).`,
      'Record the same steps whatever the mode is.',
    ],
  },
  async (t) => {
    const container = await run(t, { capabilities: only(...SMALL) });
    const { output } = await container.inside(['grep', 'Cap', '/proc/self/status']);
    for (const line of lines) {
      const is = textOf(parseInt(new RegExp(`^${line}:\\s+(\\w+)$`, 'm').exec(output)?.[1] ?? 'none', 16));
      const should = setsOfProcess(container.pid)[line]!;
      t.fact('line', line);
      t.must(t.fact('is', is) === t.fact('wanted', should), {
        did: 'exec: grep Cap /proc/self/status',
        kernel: `${line} is ${is}`,
        wanted: `${should}, as in the container`,
      });
    }
  },
);

const user = check(
  USER,
  {
    slot: STEPS,
    needs: [ROOT],
    see: './drydock try -u 1000 grep -E "Uid|Gid|Groups|Cap" /proc/self/status',
    hint: (facts) => [
      'setresuid(2) away from 0 clears the permitted and the effective set, unless PR_SET_KEEPCAPS was set before.',
      facts.call !== undefined
        ? refusal(facts)
        : facts.users !== undefined
          ? `Its users are ${String(facts.users)}, its groups ${String(facts.groups)}: nobody has changed them. changeUser(plan, context) does.`
          : `${String(facts.line)} is ${String(facts.is)}, and it has to be ${String(facts.wanted)}.`,
      'cap_bounding and keep_caps before changeUser(plan, context), capset and cap_ambient after it.',
    ],
  },
  async (t) => {
    const container = await run(t, { capabilities: only('CAP_NET_RAW'), user: LEARNER });
    const [users, groups] = [usersOf(container.pid), groupsOf(container.pid)];
    if (users !== '1000 1000 1000 1000') t.fact('users', users);
    t.fact('groups', groups);
    t.must(users === '1000 1000 1000 1000' && groups.startsWith('1000 1000 1000 1000'), {
      did: 'started a program as user 1000, group 1000',
      kernel: `Uid is ${users}, Gid and Groups are ${groups}`,
      wanted: '1000, four times each',
    });
    await mustHave(t, container.pid, { CapBnd: 'NET_RAW' });
  },
);

const ambient = check(
  'what is ambient stays with a user who is not root',
  {
    slot: STEPS,
    needs: [USER],
    see: 'setpriv --reuid 1000 --clear-groups --inh-caps +net_raw --ambient-caps +net_raw grep Cap /proc/self/status',
    hint: (facts) => [
      'A program of a user who is not root gets what is ambient, and nothing else (capabilities(7), "Transformation").',
      facts.call !== undefined
        ? refusal(facts)
        : `${String(facts.line)} is ${String(facts.is)}, and it has to be ${String(facts.wanted)}. A change of user away from root clears the ambient set.`,
      'cap_ambient last: after changeUser, which clears it, and after capset, which makes room for it.',
    ],
  },
  async (t) => {
    if (!features().ambientCapabilities) return;
    const one = ['CAP_NET_RAW'];
    const sets = { ...only('CAP_NET_RAW'), inheritable: one, ambient: one };
    const container = await run(t, { capabilities: sets, user: LEARNER });
    const all = Object.fromEntries(lines.map((line) => [line, 'NET_RAW']));
    await mustHave(t, container.pid, all);
  },
);

/** A setuid copy of a program that changes no user by itself, started by somebody who is not root. */
const LIFT = '/tmp/lift sleep 1000';
const lifting = `cp /proc/1/exe /tmp/lift && chmod 4755 /tmp/lift && exec su learner -c "exec ${LIFT}"`;

const sealed = check(
  'with no_new_privs a setuid program gives nothing',
  {
    slot: STEPS,
    needs: [ROOT],
    see: './drydock try --security-opt no-new-privileges grep NoNewPrivs /proc/self/status',
    hint: ({ users, sealed: flag }) => [
      'A program that is setuid root gives whoever starts it user 0, with all that the bounding set leaves. One bit forbids it.',
      `NoNewPrivs is ${String(flag)}; started by user 1000 its users are ${String(users)}.`,
      'if (process.noNewPrivileges) plan.no_new_privs(): no order to think of, it needs nothing and takes nothing yet.',
    ],
  },
  async (t) => {
    for (const noNewPrivileges of [true, false]) {
      const container = await run(t, { noNewPrivileges }, { args: ['sh', '-c', lifting], init: true });
      const pid = await lifted(container);
      const users = t.fact('users', usersOf(pid));
      t.fact('sealed', noNewPrivileges ? 'asked for' : 'not asked for');
      t.must(users === (noNewPrivileges ? '1000 1000 1000 1000' : '1000 0 0 0'), {
        did: `user 1000 starts a setuid program; noNewPrivileges is ${noNewPrivileges}`,
        kernel: `Uid is ${users}, CapEff is ${setsOfProcess(pid).CapEff}`,
        wanted: noNewPrivileges ? '1000, four times: it stays who it was' : '1000 0 0 0: nobody has forbidden it',
      });
    }
  },
);

/** The number of the setuid program, outside. */
async function lifted({ pid }: LabContainer): Promise<number> {
  const space = namespaceOf(pid, 'pid');
  const find = (): number | undefined => membersOf(space, 'pid').find((one) => processFacts(one)?.command === LIFT);
  await until(() => find() !== undefined, PATIENCE_MS);
  return find() ?? 0;
}

export const checks = [named, root, execToo, user, ambient, sealed];
