/**
 * Its own user and group ids (user namespace, Linux 3.8; user_namespaces(7)).
 *
 * Root inside is somebody without rights outside. A process in a new user namespace has every capability in it and no
 * id: until the parent has written uid_map and gid_map it is nobody (65534). Writing gid_map as an ordinary user needs
 * setgroups to be denied first (Linux 3.19), because leaving a group can give access that being in it took away.
 */
import { writeFileSync } from 'node:fs';
import { DrydockError } from '../../errors.ts';
import type { Isolator } from '../isolator.ts';
import { isNew, wanted } from '../namespaces.ts';
import { isSingle, mapByHelper } from '../rootless.ts';
import type { Mapping, Spec } from '../spec.ts';

/** The lines of a uid_map or gid_map. */
export function mapLines(mappings: readonly Mapping[]): string {
  return mappings.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join('');
}

/** Writes the id maps of a process that waits in a new user namespace; `proc` stands for its /proc/PID. */
export function writeMaps(proc: string, uids: readonly Mapping[], gids: readonly Mapping[], privileged: boolean): void {
  if (!privileged) writeProc(proc, 'setgroups', 'deny');
  writeProc(proc, 'gid_map', mapLines(gids));
  writeProc(proc, 'uid_map', mapLines(uids));
}

function writeProc(proc: string, file: string, text: string): void {
  const path = `${proc}/${file}`;
  try {
    writeFileSync(path, text);
  } catch (cause) {
    const { code, errno } = cause as NodeJS.ErrnoException;
    // Before 3.19 there is no setgroups file, and nothing to deny.
    if (file === 'setgroups' && code === 'ENOENT') return;
    throw new DrydockError('SYSCALL', `cannot write ${JSON.stringify(text)} to ${path}: ${code}`, {
      isolator: 'user',
      call: 'write',
      args: [path, text],
      errno: Math.abs(errno ?? 0),
      hint:
        file === 'setgroups'
          ? 'it can be denied only before gid_map is written (user_namespaces(7))'
          : 'each line is: first id inside, first id outside, count; ranges may not overlap (user_namespaces(7))',
      cause,
    });
  }
}

/** What an ordinary user cannot have. */
function refuseForOthers(spec: Spec): void {
  const { uids, gids } = mappingsOf(spec);
  if (wanted(spec, 'user').length === 0)
    throw new DrydockError('UNSUPPORTED', 'linux.namespaces: an ordinary user’s container needs a user namespace', {
      isolator: 'user',
      hint: '`drydock oci spec --rootless` writes a config that has one; or start Drydock as root',
    });
  const groups = spec.process.user.additionalGids ?? [];
  if (groups.length && isNew(spec, 'user') && isSingle(gids, process.getgid!()) && isSingle(uids, process.getuid!()))
    throw new DrydockError('UNSUPPORTED', 'process.user.additionalGids: with one id alone groups cannot be set', {
      isolator: 'user',
      hint: 'leave them out, or map more ids (the package uidmap, and a line in /etc/subgid)',
    });
}

function mappingsOf({ linux }: Spec): { uids: Mapping[]; gids: Mapping[] } {
  return { uids: linux?.uidMappings ?? [], gids: linux?.gidMappings ?? [] };
}

export const user: Isolator = {
  name: 'user',
  summary: 'its own user and group ids',
  namespaces: (spec) => wanted(spec, 'user'),
  claim(spec, { privileged }) {
    const { uids, gids } = mappingsOf(spec);
    if (!privileged) refuseForOthers(spec);
    if (isNew(spec, 'user') && !(uids.length && gids.length))
      throw new DrydockError('SPEC_INVALID', 'a new user namespace needs linux.uidMappings and linux.gidMappings');
    return null;
  },
  at: {
    async born(_claim, { pid, proc, spec, host }) {
      if (!isNew(spec, 'user')) return;
      const { uids, gids } = mappingsOf(spec);
      if (host.privileged || (isSingle(uids, process.getuid!()) && isSingle(gids, process.getgid!())))
        return writeMaps(proc, uids, gids, host.privileged);
      await mapByHelper('newgidmap', pid, gids);
      await mapByHelper('newuidmap', pid, uids);
    },
  },
};
