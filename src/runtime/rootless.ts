/**
 * A container of an ordinary user: everything hangs on a user namespace, in which that user is root (user_namespaces(7)).
 *
 * Which ids it may map: its own, always; more of them as /etc/subuid and /etc/subgid say, and then newuidmap(1) writes
 * the maps, because the kernel would not let the user do that. With one id alone, nobody else exists inside: files of
 * others belong to `nobody`, a change of user fails, and groups cannot be left.
 */
import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { DrydockError } from '../errors.ts';
import { native } from '../linux/native.ts';
import type { Mapping, Spec } from './spec.ts';
import { waitFor } from './wait.ts';

const folders = ['/usr/bin', '/bin', '/usr/local/bin'];

/** newuidmap or newgidmap, if this machine has it. */
function helper(name: 'newuidmap' | 'newgidmap'): string | undefined {
  return folders.map((folder) => `${folder}/${name}`).find((path) => existsSync(path));
}

/** The config with a user namespace in which this user is root, unless it has one of its own. */
export function rootlessSpec(spec: Spec): Spec {
  if (spec.linux?.namespaces?.some(({ type }) => type === 'user')) return spec;
  return withUserNamespace(spec, ...ownMappings());
}

/** The config with a user namespace that has these ids. */
export function withUserNamespace(spec: Spec, uidMappings: Mapping[], gidMappings: Mapping[]): Spec {
  const { linux = {} } = spec;
  const namespaces = [...(linux.namespaces ?? []), { type: 'user' as const }];
  return {
    ...spec,
    mounts: spec.mounts?.map((mount) => withoutUnmapped(mount, gidMappings)),
    linux: { ...linux, namespaces, uidMappings, gidMappings },
  };
}

type Mount = NonNullable<Spec['mounts']>[number];

/** devpts refuses a group that the namespace does not know. */
function withoutUnmapped(mount: Mount, gids: readonly Mapping[]): Mount {
  const isMapped = (gid: number): boolean =>
    gids.some(({ containerID, size }) => gid >= containerID && gid < containerID + size);
  if (mount.type !== 'devpts') return mount;
  const options = mount.options?.filter((option) => {
    const [, gid] = /^gid=(\d+)$/.exec(option) ?? [];
    return gid === undefined || isMapped(Number(gid));
  });
  return { ...mount, options };
}

function ownMappings(): [uids: Mapping[], gids: Mapping[]] {
  const [uid, gid] = [process.getuid!(), process.getgid!()];
  const [uids, gids] = [subordinate('/etc/subuid', uid), subordinate('/etc/subgid', uid)];
  const own = (hostID: number): Mapping => ({ containerID: 0, hostID, size: 1 });
  if (!uids || !gids || !helper('newuidmap') || !helper('newgidmap')) return [[own(uid)], [own(gid)]];
  const others = ({ hostID, size }: Range): Mapping => ({ containerID: 1, hostID, size });
  return [
    [own(uid), others(uids)],
    [own(gid), others(gids)],
  ];
}

/** The first range of a user, by name or by number (subuid(5)). */
function subordinate(path: string, uid: number): Range | undefined {
  const names = new Set([String(uid), nameOf()]);
  return subordinateRanges(path).find(({ name }) => names.has(name));
}

/** Ids that are given to somebody: `name:first:count`, a line each. */
interface Range {
  readonly name: string;
  readonly hostID: number;
  readonly size: number;
}

/** What /etc/subuid or /etc/subgid gives away; nothing where there is no such file. */
export function subordinateRanges(path: string): Range[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', first, count]) => ({ name, hostID: Number(first), size: Number(count) }))
    .filter(({ size }) => size > 0);
}

function nameOf(): string {
  try {
    return userInfo().username;
  } catch {
    return ''; // a user without a line in /etc/passwd
  }
}

/** Whether these are maps that a user may write without help: its own id, and no other. */
export function isSingle(mappings: readonly Mapping[], own: number): boolean {
  const [mapping, ...more] = mappings;
  return more.length === 0 && mapping?.size === 1 && mapping.hostID === own;
}

/** Lets newuidmap or newgidmap write a map. Throws UNSUPPORTED without it, STEP_FAILED when it refuses. */
export async function mapByHelper(
  name: 'newuidmap' | 'newgidmap',
  pid: number,
  mappings: readonly Mapping[],
): Promise<void> {
  const exec = helper(name);
  const what = name === 'newuidmap' ? 'linux.uidMappings' : 'linux.gidMappings';
  if (!exec)
    throw new DrydockError('UNSUPPORTED', `${what}: an ordinary user needs ${name} to map more than its own id`, {
      isolator: 'user',
      hint: 'install the package uidmap, or map container id 0 to your own id, size 1',
    });
  const ids = mappings.flatMap(({ containerID, hostID, size }) => [containerID, hostID, size].map(String));
  const child = native.spawn({ exec, argv: [name, String(pid), ...ids], env: [], fds: [[2, 2]] });
  const code = await waitFor(child);
  if (code === 0) return;
  throw new DrydockError('STEP_FAILED', `${what}: ${name} ${ids.join(' ')} ended with ${code}`, {
    isolator: 'user',
    call: name,
    hint: `it gives what /etc/sub${name === 'newuidmap' ? 'uid' : 'gid'} has for you: grep "^$(id -un):" it`,
  });
}
