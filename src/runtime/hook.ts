/**
 * Runs one hook: on the host, or inside the namespaces of a container that is still being built.
 *
 * A hook that must run inside is spawned by the same path as everything else, with the namespaces as joins; its program
 * is looked up there, before the pivot, and so still is the host's file.
 */
import { closeSync } from 'node:fs';
import { resolve } from 'node:path';
import { DrydockError } from '../errors.ts';
import { native } from '../linux/native.ts';
import { pidsOf } from '../linux/procfs.ts';
import { LONGEST_TIMER_MS } from '../linux/timer.ts';
import { compose } from './compose.ts';
import { OCI_VERSION } from './oci-version.ts';
import type { Isolator, Namespace, Waiting } from './isolator.ts';
import { procName } from './namespaces.ts';
import { spawn } from './spawn.ts';
import type { Hook } from './spec.ts';
import { waitFor } from './wait.ts';

/** Runs a hook and waits for it. Throws when it fails or takes longer than its timeout. */
export async function runHook(name: string, hook: Hook, waiting: Waiting): Promise<void> {
  const { spec, host, pid } = waiting;
  const inside = name === 'createContainer';
  const state = {
    ociVersion: OCI_VERSION,
    id: host.id,
    status: statusAt(name),
    // Each hook is told the number by which it could find the process itself.
    pid: name === 'poststop' ? undefined : inside ? pidsOf(pid).at(-1) : pid,
    bundle: host.bundle,
  };
  const stdin = native.anonymousFile(JSON.stringify({ ...state, annotations: spec.annotations }));
  const carrier: Isolator = {
    name: 'hook',
    summary: name,
    phase: 'privileges',
    namespaces: () => (inside ? joinsOf(waiting) : []),
    steps(plan) {
      plan.chdir(inside ? resolve(host.bundle, spec.root.path) : host.bundle).because('where runc and crun start it');
      plan.lookup_exec([hook.path]).because('its name, args[0], may be another');
      plan.prepare_exec(0).because('none of our descriptors');
      plan.execve(hook.args?.length ? hook.args : [hook.path], hook.env ?? []).because(`the ${name} hook`);
    },
  };
  try {
    const composition = compose([carrier], { spec, mode: 'exec', host });
    const { reap } = await spawn({ composition, spec, host, stdio: [stdin, 2, 2] }).catch((cause: DrydockError) => {
      const { message, call, args, errno } = cause;
      throw new DrydockError('STEP_FAILED', `the ${name} hook ${hook.path} cannot be run: ${message}`, {
        call,
        args,
        errno,
        cause,
      });
    });
    await finish(name, hook, reap);
  } finally {
    closeSync(stdin);
  }
}

async function finish(name: string, { path, timeout = Infinity }: Hook, pid: number): Promise<void> {
  let late = false;
  const kill = (): void => {
    late = true;
    process.kill(pid, 'SIGKILL');
  };
  const timer = timeout * 1000 > LONGEST_TIMER_MS ? undefined : setTimeout(kill, timeout * 1000);
  const code = await waitFor(pid);
  clearTimeout(timer);
  if (late) throw new DrydockError('STEP_FAILED', `the ${name} hook ${path} took longer than its ${timeout} s`);
  if (code !== 0) throw new DrydockError('STEP_FAILED', `the ${name} hook ${path} ended with ${code}`);
}

// Of the container's namespaces, all that a process can enter from outside; its PID namespace counts for children only.
function joinsOf({ proc, spec }: Waiting): Namespace[] {
  return (spec.linux?.namespaces ?? [])
    .filter(({ type }) => type !== 'user' && type !== 'time')
    .map(({ type }) => ({
      type,
      how: 'join',
      path: `${proc}/ns/${procName[type]}`,
    }));
}

function statusAt(name: string): string {
  if (name === 'poststart') return 'running';
  return name === 'poststop' ? 'stopped' : 'creating';
}
