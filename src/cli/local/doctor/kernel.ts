/**
 * The kernel's features, each with the version that brought it, what is missing without it and what stands in
 * (feature-facts.ts), and the switches with which distributions take features away.
 */
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { featureFacts, noCgroups } from '../../../linux/feature-facts.ts';
import { featureNames, features, type FeatureName } from '../../../linux/features.ts';
import type { Finding } from './finding.ts';
import { refusedUserNamespace } from './user-namespace.ts';

/** Features whose presence is the worse case. */
const worseIfPresent = new Set<FeatureName>(['initialRootIsRamfs']);

/** Features that only root can try. */
const forRoot = new Set<FeatureName>(['cgroupKill', 'cgroupFreeze', 'cgroupDeviceProgram']);

/** What this kernel has. */
export async function kernelFindings(): Promise<Finding[]> {
  const refused = await refusedUserNamespace();
  return [
    { group: 'kernel', name: 'version', grade: 'ok', value: release() },
    cgroups(),
    ...switches(),
    ...featureList(refused),
  ];
}

function featureList(refused: string | undefined): Finding[] {
  const now = { ...features(), userNamespace: refused === undefined };
  return featureNames.map((name) => {
    const { since, without, instead } = featureFacts[name];
    const isWorse = worseIfPresent.has(name);
    const grade = now[name] !== isWorse ? 'ok' : isWorse ? 'bad' : 'weak';
    const found = name === 'userNamespace' && refused ? `no (${refused})` : seen(name, now[name]);
    const value = isWorse ? yesOrNo(now[name]) : `${found}, since Linux ${since}`;
    return { group: 'features', name, grade, value, without, instead };
  });
}

const yesOrNo = (is: boolean): string => (is ? 'yes' : 'no');

function seen(name: FeatureName, is: boolean): string {
  return !is && forRoot.has(name) && process.getuid?.() !== 0 ? 'cannot be seen without root' : yesOrNo(is);
}

function cgroups(): Finding {
  const layout = features().cgroup;
  const about = { v1: 'version 1', v2: 'version 2', hybrid: 'version 1, and 2 beside it', none: 'not mounted' }[layout];
  const common = { group: 'kernel', name: 'cgroups', value: about };
  if (layout !== 'none') return { ...common, grade: 'ok' };
  return {
    ...common,
    grade: 'bad',
    ...noCgroups,
  };
}

/** A switch of the kernel that takes something from ordinary users or from all. */
interface Switch {
  name: string;
  file: string;
  isGood: (value: number) => boolean;
  without: string;
  advice: string;
}

const userNamespaces = 'ordinary users cannot make user namespaces; root still can';

const knownSwitches: readonly Switch[] = [
  {
    name: 'user namespaces',
    file: '/proc/sys/user/max_user_namespaces',
    isGood: (value) => value > 0,
    without: 'nobody can make a user namespace: no lesson user, nothing rootless',
    advice: 'sysctl user.max_user_namespaces=15000',
  },
  {
    name: 'for ordinary users',
    file: '/proc/sys/kernel/unprivileged_userns_clone',
    isGood: (value) => value === 1,
    without: userNamespaces,
    advice: 'sysctl kernel.unprivileged_userns_clone=1',
  },
  {
    name: "AppArmor's ban",
    file: '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
    isGood: (value) => value === 0,
    without: userNamespaces,
    advice: 'sysctl kernel.apparmor_restrict_unprivileged_userns=0, or a profile for drydock-shim',
  },
];

/** Those switches that this kernel has: each says by itself what it takes away. */
export function switches(read: (file: string) => number | undefined = numberIn): Finding[] {
  return knownSwitches.flatMap(({ name, file, isGood, without, advice }) => {
    const value = read(file);
    if (value === undefined) return [];
    return [
      {
        group: 'kernel',
        name,
        grade: isGood(value) ? 'ok' : 'weak',
        value: `${file.slice(10)} = ${value}`,
        without,
        advice,
      },
    ];
  });
}

function numberIn(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // This kernel does not have the switch.
  }
}
