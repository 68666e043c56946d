/**
 * Works in a folder that belongs to somebody else.
 *
 * `sudo ./drydock check` is root, but ~/drydock-work is the learner's. Root must not leave files there that the learner
 * cannot edit, and must not follow a link that a program of the learner's has put there. So for as long as a file is
 * touched, this process *is* the owner: seteuid(2), which glibc does for all threads. Only synchronous work may happen
 * in between.
 */
import { readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** The person who typed the command: behind sudo, the one who called it. */
export function invokingUser(): Owner {
  const uid = process.getuid!();
  const behind = Number(process.env.SUDO_UID);
  if (uid !== 0 || !Number.isInteger(behind) || behind === 0) {
    const home = process.env.HOME ?? userInfo().homedir;
    return { uid, gid: process.getgid!(), home };
  }
  return accountOf(behind) ?? { uid: behind, gid: Number(process.env.SUDO_GID ?? behind), home: '/' };
}

/** The owner of a folder that is there already; who else could work in it? */
export function ownerOf(folder: string, otherwise: Owner): Owner {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (!found || found.uid === otherwise.uid || process.getuid!() !== 0) return otherwise;
  return accountOf(found.uid) ?? { uid: found.uid, gid: found.gid, home: '/' };
}

function accountOf(uid: number): Owner | undefined {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  const fields = lines.map((line) => line.split(':')).find((parts) => Number(parts[2]) === uid && parts[2] !== '');
  return fields && { uid, gid: Number(fields[3]), home: fields[5] || '/' };
}

/** Does synchronous work with the rights of the owner. */
export function as<T>(owner: Owner, work: () => T): T {
  if (process.geteuid!() !== 0 || owner.uid === 0) return work();
  const group = process.getegid!();
  // The group first: as another user we may not change it any more.
  process.setegid!(owner.gid);
  process.seteuid!(owner.uid);
  try {
    return work();
  } finally {
    process.seteuid!(0);
    process.setegid!(group);
  }
}
