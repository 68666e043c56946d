/**
 * The programs of iptables(8) and ebtables(8), and how they are run.
 *
 *     iptables-save      ──▶ all tables, as text
 *     iptables-restore   ◀── changes, as text: all of a table's hold at once, or none does (COMMIT)
 *
 * Two programs may have the name: one that speaks to the kernel's old tables ("legacy"), and one that makes nftables of
 * what it is told. Whichever the machine calls `iptables` is asked first, as it is where others have their rules.
 */
import { spawnSync } from 'node:child_process';
import { closeSync } from 'node:fs';
import { DrydockError } from '../../errors.ts';
import { native } from '../../linux/native.ts';
import { inNamespace } from '../../linux/netlink.ts';
import { exitCode } from '../../runtime/wait.ts';
import type { IpFamily } from './firewall.ts';

const names: Readonly<Record<IpFamily | 'bridge', readonly string[]>> = {
  ip: ['iptables', 'iptables-legacy'],
  ip6: ['ip6tables', 'ip6tables-legacy'],
  bridge: ['ebtables', 'ebtables-legacy'],
};

/** For each family: a question that only one answers who can do it. It loads the kernel's modules, too. */
const questions: Readonly<Record<keyof typeof names, readonly [suffix: string, ...args: string[]]>> = {
  ip: ['-save', '-t', 'nat'],
  ip6: ['-save', '-t', 'nat'],
  bridge: ['', '-t', 'nat', '-L', 'PREROUTING'],
};

/** They are where an ordinary PATH may not look. */
const PATH = [process.env.PATH, '/usr/sbin', '/sbin'].filter(Boolean).join(':');
const env = { ...process.env, PATH, LC_ALL: 'C' };

/** A set of rules for a thousand containers is some 2 MB. */
const MOST = 256 << 20;
/** Nobody has the lock of iptables for longer, whoever is not stuck. */
const LONGEST_MS = 60_000;

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. Its code is null when it is not there, or was ended. */
export function run(program: string, args: readonly string[], input = ''): Ran {
  const options = { env, input, encoding: 'utf8', maxBuffer: MOST, timeout: LONGEST_MS } as const;
  const { status, stdout, stderr, error } = spawnSync(program, args, options);
  return { code: status, stdout: stdout ?? '', stderr: stderr?.trim() || (error?.message ?? '') };
}

const found = new Map<keyof typeof names, string>();

/** The program for a family, unless the machine has none that works. */
export function programFor(family: keyof typeof names): string | undefined {
  const before = found.get(family);
  if (before) return before;
  const [suffix, ...args] = questions[family];
  const name = names[family].find((one) => run(one + suffix, args).code === 0);
  if (name) found.set(family, name);
  return name;
}

/** What keeps iptables from being used here, in words; undefined when nothing does. */
export function whatIsMissing(): string | undefined {
  for (const family of ['ip', 'bridge'] as const)
    if (!programFor(family)) {
      const [suffix, ...args] = questions[family];
      const asked = [names[family][0] + suffix, ...args];
      return `${asked.join(' ')}: ${run(asked[0]!, args).stderr}`;
    }
  return undefined;
}

/** The same. Throws UNSUPPORTED where there is none. */
export function needed(family: keyof typeof names): string {
  const name = programFor(family);
  if (name) return name;
  throw new DrydockError('UNSUPPORTED', `${names[family].join(' and ')}: neither works on this machine`, {
    isolator: 'bridged',
    hint: family === 'ip6' ? 'a network without IPv6 needs none' : '`--net host` and `--net none` work without',
  });
}

/** All tables of a family; those that nobody has asked for yet are not in it. */
export function save(family: IpFamily): string {
  const program = `${needed(family)}-save`;
  const { code, stdout, stderr } = run(program, []);
  if (code === 0) return stdout;
  throw new DrydockError('UNSUPPORTED', `${program} failed: ${stderr}`, { isolator: 'bridged', call: program });
}

/** Makes changes of tables. What was wrong, if something was; then the table with the error is as it was. */
export function restore(family: IpFamily, text: string): string | undefined {
  const program = `${needed(family)}-restore`;
  const { code, stderr } = run(program, restoring(program), text);
  return code === 0 ? undefined : stderr || `it ended with ${code}`;
}

/**
 * The same in another network namespace, with the exit code for an answer. What others have there is never read: it is a
 * container's, and the text of iptables-save has the comments of whoever made the rules.
 */
export function restoreIn(namespace: string, text: string, { isQuiet = false } = {}): number {
  const program = `${needed('ip')}-restore`;
  const argv = ['sh', '-c', 'exec "$@"', 'sh', program, ...restoring(program)];
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const input = native.anonymousFile(text);
  const fds = [[input, 0] as const, ...(isQuiet ? [] : [[2, 2] as const])];
  try {
    const child = inNamespace(namespace, (network) =>
      native.spawn({ exec: '/bin/sh', argv, env: variables, fds, network }),
    );
    return exitCode(native.waitpid(child, 0)!.status);
  } finally {
    closeSync(input);
  }
}

const known = new Map<string, readonly string[]>();

/**
 * Before 1.6.2 iptables-restore takes no lock and knows no --wait; what makes nftables of it needs none. So it is asked,
 * and iptables.ts looks afterwards whether somebody who wrote at the same moment has undone the change.
 */
function restoring(program: string): readonly string[] {
  const before = known.get(program);
  if (before) return before;
  const { stdout, stderr } = run(program, ['--help']);
  const args = ['--noflush', ...(/--wait/.test(stdout + stderr) ? ['--wait=5'] : [])];
  known.set(program, args);
  return args;
}
