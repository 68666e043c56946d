/**
 * Where everything lies: DRYDOCK_ROOT for what stays, DRYDOCK_RUN for what is gone after a boot. An ordinary user has
 * both below its own folders (XDG Base Directory Specification).
 */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

const isRoot = (): boolean => process.getuid?.() === 0;

export function rootFolder(): string {
  const own = (): string => join(process.env.XDG_DATA_HOME || join(homedir(), '.local/share'), 'drydock');
  return resolve(process.env.DRYDOCK_ROOT || (isRoot() ? '/var/lib/drydock' : own()));
}

/** Where the low-level runtime keeps its containers, unless --root says otherwise: apart from those of `try`. */
export function ociFolder(): string {
  return join(runFolder(), 'oci');
}

export function runFolder(): string {
  const { DRYDOCK_RUN, XDG_RUNTIME_DIR } = process.env;
  const own = (): string => (XDG_RUNTIME_DIR ? join(XDG_RUNTIME_DIR, 'drydock') : join(rootFolder(), 'run'));
  return resolve(DRYDOCK_RUN || (isRoot() ? '/run/drydock' : own()));
}
