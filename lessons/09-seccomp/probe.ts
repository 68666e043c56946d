/**
 * Asks the kernel from inside a lab container, with calls by their numbers (addon/lab/probe.c).
 */
import { join } from 'node:path';
import { until } from '../../src/learn/facts.ts';
import type { LabContainer } from '../../src/learn/stage.ts';
import { native, projectHome } from '../../src/linux/native.ts';
import { families } from '../../src/runtime/seccomp-by-hand.ts';
import type { Spec } from '../../src/runtime/spec.ts';

const PROBE = '/probe';

/** The three calls that the default profile refuses. */
export const keyCalls = ['add_key', 'request_key', 'keyctl'] as const;

/** How programs of this machine are called by libseccomp, and AUDIT_ARCH_* of each: our own first. */
export const doors = (families[process.arch] ?? []).flatMap(({ audit, names }) =>
  names.map((name) => ({ name, audit })),
);

/** The spec with the probe in its root file system. */
export function withProbe(spec: Spec): Spec {
  const source = join(projectHome(), 'build/Release/drydock-probe');
  const mounts = [...(spec.mounts ?? []), { destination: PROBE, type: 'bind', source, options: ['bind', 'ro'] }];
  return { ...spec, mounts };
}

/** The spec with a profile that answers an errno to some calls, in every architecture that the default one has. */
export function refusing(spec: Spec, names: readonly string[], errnoRet: number): Spec {
  const seccomp = spec.linux!.seccomp!;
  const syscalls = [{ names: [...names], action: 'SCMP_ACT_ERRNO' as const, errnoRet }];
  return { ...spec, linux: { ...spec.linux, seccomp: { ...seccomp, syscalls } } };
}

/** The command line that makes these calls, and goes on sleeping so that the process can be looked at. */
export const probing = (words: readonly string[]): string[] => [
  'sh',
  '-c',
  `${PROBE} ${words.join(' ')}; echo done; exec sleep 1000`,
];

/** A shell command that makes these calls. */
export const probe = (...words: string[]): string => `${PROBE} ${words.join(' ')}`;

/** The probe's word for a call by name, through one of the doors; undefined where there is no such way to call. */
export function wordFor(name: string, door: string, more = ''): string | undefined {
  const number = native.syscallNumber(name, door);
  if (number === undefined || door === 'arm') return undefined;
  return `${door === 'x86' ? 'int80' : 'call'}:${number}${more}`;
}

/** What the probe has printed: `call:250` → `EPERM`, `ok`. */
export function answersIn(output: string): Map<string, string> {
  const lines = output.split('\n').map((line) => /^(\w+:\w+) (\w+)$/.exec(line));
  return new Map(lines.flatMap((found) => (found ? [[found[1]!, found[2]!] as const] : [])));
}

/** What runs in a container that is only looked at. */
export const PROGRAM = ['sleep', '1000'];

/** Waits until the container has said everything; one that has ended has, too. */
export async function said(container: LabContainer): Promise<void> {
  let isOver = false;
  void container.ended(5000).then(() => (isOver = true));
  await until(() => container.output().includes('done') || isOver);
}
