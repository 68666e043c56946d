/**
 * What the kernel says about a process, and what changed between two looks: the facts behind `--step`.
 *
 * Everything is read from /proc/PID (procfs(5)), and in the network namespace that is found there, from outside: the
 * process that is being built is stopped, and could not be asked.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { readMountinfo, type Mount } from '../../linux/mountinfo.ts';
import { withNetlink } from '../../linux/netlink.ts';
import { readStatus } from '../../linux/procfs.ts';
import { addresses } from '../../network/link/addresses.ts';
import { links } from '../../network/link/links.ts';
import { procName } from '../../runtime/namespaces.ts';

/** Each fact is a set of lines, so that all of them are compared alike. */
export type Facts = Readonly<Record<string, readonly string[]>>;

export interface Change {
  readonly fact: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

const statusLines = ['Uid', 'Gid', 'Groups', 'Umask', 'NoNewPrivs', 'Seccomp', 'NSpid'];
const capabilityLines = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'];

/** Everything that a step may change of a process. Facts that cannot be read are left out. */
export function readFacts(pid: number | 'self'): Facts {
  const status = readStatus(pid) ?? new Map<string, string>();
  const lines = (names: readonly string[]): string[] =>
    names.flatMap((name) => (status.has(name) ? [`${name} ${status.get(name)!.replace(/\s+/g, ' ')}`] : []));
  return {
    namespaces: Object.values(procName).flatMap((name) => link(`/proc/${pid}/ns/${name}`)),
    mounts: attempt(() => readMountinfo(pid).map(mountLine)),
    root: link(`/proc/${pid}/root`),
    cwd: link(`/proc/${pid}/cwd`),
    cgroup: attempt(() => readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n')),
    status: lines(statusLines),
    capabilities: lines(capabilityLines),
    session: sessionOf(pid),
    network: attempt(() => linkLines(pid)),
  };
}

/** What is different in the later facts; facts that are the same are left out. */
export function changes(before: Facts, after: Facts): Change[] {
  return Object.keys(after).flatMap((fact) => {
    const [was, is] = [before[fact] ?? [], after[fact] ?? []];
    const added = without(is, was);
    const removed = without(was, is);
    return added.length || removed.length ? [{ fact, added, removed }] : [];
  });
}

// Two mounts may look alike: each line takes away one of its kind.
function without(lines: readonly string[], others: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const left = counts.get(line) ?? 0;
    if (left > 0) counts.set(line, left - 1);
    return left === 0;
  });
}

function mountLine({ mountPoint, type, source, root, options, tags }: Mount): string {
  const part = root === '/' ? '' : ` (${root})`;
  const propagation = Object.entries(tags).map(([name, peer]) => (peer === true ? name : `${name}:${peer}`));
  return `${mountPoint} ${type} ${source}${part} ${[...options, ...propagation].join(',')}`;
}

/** `eth0 up 10.213.4.1/31`. */
function linkLines(pid: number | 'self'): string[] {
  return withNetlink(`/proc/${pid}/ns/net`, (net) => {
    const all = addresses(net);
    return links(net).map(({ index, name, isUp }) => {
      const own = all.filter(({ link }) => link === index).map(({ address, prefix }) => `${address}/${prefix}`);
      return [name, isUp ? 'up' : 'down', ...own].join(' ');
    });
  });
}

function sessionOf(pid: number | 'self'): string[] {
  return attempt(() => {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [, , , session, terminal] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return [`session ${session}`, `terminal ${terminal === '0' ? 'none' : terminal}`];
  });
}

function link(path: string): string[] {
  return attempt(() => [readlinkSync(path)]);
}

function attempt(read: () => string[]): string[] {
  try {
    return read();
  } catch {
    return []; // The process has just ended, or this kernel has no such file.
  }
}
