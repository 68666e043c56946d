/**
 * Which of root's powers the program has (capabilities(7), Linux 2.2; the ambient set 4.3), and whether a program that
 * it starts can have more (prctl(2), PR_SET_NO_NEW_PRIVS, Linux 3.5).
 *
 * Five sets, and one order around the change of user. The bounding set comes first, while the process may still change
 * it, and bounds whatever it ever starts; permitted and effective are what it can do; inheritable and ambient are what
 * passes through an execve when the user is not root. Dropping root's user id would clear what is permitted, so it is kept
 * over that change (PR_SET_KEEPCAPS), and set exactly after it; the ambient set is cleared by the change in any case, and
 * holds only what is permitted and inheritable, so it is last. Inheritable is never more than was asked for: runtimes
 * that filled it gave every program with inheritable file capabilities more than its user had (CVE-2022-29162,
 * CVE-2022-24769).
 */
import { DrydockError } from '../../errors.ts';
import { capabilityNumber, capabilitySet, holds, namesOf, ownBoundingSet } from '../../linux/capabilities.ts';
import { changeUser } from '../change-user.ts';
import type { Host, Isolator } from '../isolator.ts';
import { wanted } from '../namespaces.ts';
import type { Process, Spec } from '../spec.ts';
import { warn } from '../warning.ts';

const sets = ['bounding', 'effective', 'permitted', 'inheritable', 'ambient'] as const;
type Sets = Readonly<Record<(typeof sets)[number], number>>;

export const capabilities: Isolator = {
  name: 'capabilities',
  summary: 'only those of root’s powers that it is given',
  claim(spec, host) {
    const { capabilities: asked = {} } = spec.process;
    const unknown = new Set(
      sets.flatMap((set) => asked[set] ?? []).filter((name) => capabilityNumber(name) === undefined),
    );
    if (unknown.size) warn(`process.capabilities: this kernel knows no ${quoted(unknown)}; they are left out`);
    refuseWhatWeLack(spec, host);
    return null;
  },
  steps(plan, context) {
    const { process, features } = context;
    const { bounding, effective, permitted, inheritable, ambient } = setsOf(process);
    if (ambient && !features.ambientCapabilities) throw noAmbient();
    plan.cap_bounding(bounding).because('nothing that it starts can get more');
    plan.keep_caps().because('or they would go with root’s user id');
    changeUser(plan, context);
    plan.capset(effective, permitted, inheritable).because('what root may do in here');
    plan.cap_ambient(ambient).because('what a program keeps whose user is not root');
    if (process.noNewPrivileges) plan.no_new_privs().because('a setuid program gives nothing from here on');
  },
};

function noAmbient(): DrydockError {
  return new DrydockError('UNSUPPORTED', 'process.capabilities.ambient needs Linux 4.3', {
    isolator: 'capabilities',
    hint: 'leave it empty; the program has them as root, or from its file',
  });
}

const quoted = (names: Iterable<string>): string => [...names].map((name) => JSON.stringify(name)).join(', ');

/** A config without the section has none. */
export function setsOf(process: Process): Sets {
  const { capabilities: asked = {} } = process;
  const numbers = (names: readonly string[] = []): number =>
    capabilitySet(names.map(capabilityNumber).filter((number) => number !== undefined));
  return Object.fromEntries(sets.map((set) => [set, numbers(asked[set])])) as Record<keyof Sets, number>;
}

// A new user namespace begins with all of them; elsewhere nobody can give what he does not have.
function refuseWhatWeLack({ process, linux }: Spec, { privileged }: Host): void {
  if (!privileged || wanted({ linux } as Spec, 'user').length) return;
  const own = ownBoundingSet();
  const asked = setsOf(process);
  for (const set of ['bounding', 'permitted'] as const) {
    const missing = namesOf(asked[set]).filter((name) => !holds(own, capabilityNumber(`CAP_${name}`)!));
    if (missing.length === 0) continue;
    throw new DrydockError(
      'UNSUPPORTED',
      `process.capabilities.${set}: this machine’s root has no CAP_${missing.join(', CAP_')} to give`,
      { isolator: 'capabilities', hint: 'leave it out, or start Drydock with it in its bounding set (CapBnd)' },
    );
  }
}
