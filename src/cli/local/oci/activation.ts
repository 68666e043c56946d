/**
 * Socket activation (sd_listen_fds(3)): descriptors from 3 on that whoever started us opened for the program inside.
 *
 * They are ours only if LISTEN_PID is our pid; LISTEN_PID=1 is what the program will be in its own PID namespace. They
 * come first, and what --preserve-fds counts follows them, as with runc.
 */
import type { Spec } from '../../../runtime/spec.ts';
import { withVariables } from '../environment.ts';

export interface Activation {
  readonly count: number;
  /** What the program is told about them. */
  readonly env: readonly string[];
}

/** What we were given by `env`, which belongs to the process `pid`. */
export function activationOf(env: NodeJS.ProcessEnv = process.env, pid = process.pid): Activation {
  const { LISTEN_PID, LISTEN_FDS = '', LISTEN_FDNAMES } = env;
  const count = LISTEN_PID === String(pid) && /^\d{1,4}$/.test(LISTEN_FDS) ? Number(LISTEN_FDS) : 0;
  if (count === 0) return { count, env: [] };
  const names = LISTEN_FDNAMES === undefined ? [] : [`LISTEN_FDNAMES=${LISTEN_FDNAMES}`];
  return { count, env: [`LISTEN_FDS=${count}`, 'LISTEN_PID=1', ...names] };
}

/** The config whose program knows of the descriptors. */
export function activated(spec: Spec, { env }: Activation): Spec {
  if (env.length === 0) return spec;
  return { ...spec, process: { ...spec.process, env: withVariables(spec.process.env ?? [], env) } };
}
