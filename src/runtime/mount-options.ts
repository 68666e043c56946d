/**
 * The words of a mount's `options` (mount(8), OCI config.md "Mounts"): flags to set or clear, propagation, and the
 * rest, which is the file system's own data.
 */
import {
  MS_BIND,
  MS_DIRSYNC,
  MS_I_VERSION,
  MS_MANDLOCK,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
  MS_RELATIME,
  MS_REMOUNT,
  MS_SHARED,
  MS_SILENT,
  MS_SLAVE,
  MS_STRICTATIME,
  MS_SYNCHRONOUS,
  MS_UNBINDABLE,
} from '../linux/constants.ts';

const set: Readonly<Record<string, number>> = {
  ro: MS_RDONLY,
  nosuid: MS_NOSUID,
  nodev: MS_NODEV,
  noexec: MS_NOEXEC,
  sync: MS_SYNCHRONOUS,
  dirsync: MS_DIRSYNC,
  remount: MS_REMOUNT,
  mand: MS_MANDLOCK,
  noatime: MS_NOATIME,
  nodiratime: MS_NODIRATIME,
  relatime: MS_RELATIME,
  strictatime: MS_STRICTATIME,
  silent: MS_SILENT,
  iversion: MS_I_VERSION,
  bind: MS_BIND,
  rbind: MS_BIND | MS_REC,
};

const clear: Readonly<Record<string, number>> = {
  rw: MS_RDONLY,
  suid: MS_NOSUID,
  dev: MS_NODEV,
  exec: MS_NOEXEC,
  async: MS_SYNCHRONOUS,
  nomand: MS_MANDLOCK,
  atime: MS_NOATIME,
  diratime: MS_NODIRATIME,
  norelatime: MS_RELATIME,
  nostrictatime: MS_STRICTATIME,
  loud: MS_SILENT,
  noiversion: MS_I_VERSION,
  defaults: 0,
};

const propagation: Readonly<Record<string, number>> = {
  private: MS_PRIVATE,
  rprivate: MS_PRIVATE | MS_REC,
  slave: MS_SLAVE,
  rslave: MS_SLAVE | MS_REC,
  shared: MS_SHARED,
  rshared: MS_SHARED | MS_REC,
  unbindable: MS_UNBINDABLE,
  runbindable: MS_UNBINDABLE | MS_REC,
};

export interface ParsedOptions {
  flags: number;
  propagation: number;
  /** What is left: the file system's own options, as it wants them. */
  data: string | null;
  /** The tree is shown with other owners (mount_setattr(2), MOUNT_ATTR_IDMAP). */
  idmap: boolean;
}

/** Parses the options of one mount; later words win over earlier ones, as in mount(8). */
export function parseOptions(options: readonly string[] = []): ParsedOptions {
  const parsed: ParsedOptions = {
    flags: 0,
    propagation: 0,
    data: null,
    idmap: false,
  };
  const data: string[] = [];
  for (const word of options) {
    if (word in set) parsed.flags |= set[word]!;
    else if (word in clear) parsed.flags &= ~clear[word]!;
    else if (word in propagation) parsed.propagation = propagation[word]!;
    else if (word === 'idmap' || word === 'ridmap') parsed.idmap = true;
    else data.push(word);
  }
  if (data.length) parsed.data = data.join(',');
  return parsed;
}
